import * as pulumi from "@pulumi/pulumi";
import type { AgentImage } from "../../components/agent/agentImage.ts";
import type { DepartedNode, NodeArgs } from "../../components/cluster/clusterArgs.ts";
import type { RolloutArgs } from "../../components/cluster/rollout.ts";
import { existingNodes } from "../../components/cluster/existingNodes.ts";
import { divertingEffects } from "../../scripts/protocol/dockerVariables.ts";
import { clusterName, sharedMachineName } from "../../scripts/protocol/names.ts";
import type { JoinBundle } from "../../scripts/protocol/security.ts";
import type { ReadConfig } from "../config.ts";
import { joinedStack } from "../joinedStack.ts";
import { bringStore, type BroughtStore } from "../keptStore.ts";
import { ownResourceOutputs } from "../stackOutputs.ts";
import { securityWarnings } from "../settings/securitySettings.ts";
import type { Settings } from "../settings/settings.ts";
import { authorityWarnings } from "./agentAuthority.ts";
import { checkImages, withImages } from "./checkImages.ts";
import { departedNodes } from "./departedNodes.ts";
import { findMachines, startAllStopped } from "./foundMachines.ts";
import { heldProblems } from "./heldMachines.ts";
import { movedApiProblems } from "./movedApi.ts";
import { refuseMaking } from "./refuseMaking.ts";
import { neededRenewal } from "./renewal.ts";
import { machineHosts, shellProxy } from "./shellProxy.ts";
import {
    declaredHosts,
    declaredMachines,
    StackMachines,
    type DeclaredMachine,
} from "./stackMachines.ts";
import type { ProbedMachine, StartResult } from "./startStoppedMachines.ts";
import { surroundingProblems, type Surroundings } from "./surroundings.ts";

/** What the program declares, once everything about it is known to be in order. */
export interface CheckedSettings {
    readonly settings: Settings & { readonly rollout: RolloutArgs };
    readonly image: AgentImage;
    /** Why the machine store's certificate authority is to be renewed; undefined where it is not. */
    readonly renewal: string | undefined;
    /** What is declared no longer, and whose machine does not answer. */
    readonly departed: readonly DepartedNode[];
    /** What the stack gives whose secured cluster is joined; undefined where none is. Secret. */
    readonly joinCluster: pulumi.Output<JoinBundle> | undefined;
    /** The stack's machines in their store. */
    readonly machines: StackMachines;
}

/**
 * Checks everything that can be known before anything is made, and reports all problems at once. Runs in every
 * preview and every update; an update in which nothing is wrong also starts the machines that are stopped.
 *
 * @throws pulumi.RunError with a line for each problem.
 */
export async function runPreflight(read: ReadConfig): Promise<CheckedSettings> {
    warn(read.warnings);
    const { settings, sound, withoutSecrets: hidden } = read;
    const declared = declaredMachines(sound.nodes);
    const machines = stackMachines(sound, declared);
    // Before anything looks at the machines: by the store it is told which are this stack's.
    const brought = await broughtStore(read, declared, machines);
    const here = declared.filter(({ name }) => !brought.elsewhere.has(machines.machine(name).name));
    const renewal = await neededRenewal(machines.store);
    const [joined, surroundings, departed, found, existing] = await Promise.all([
        joinedStack(sound),
        surroundingProblems(read, { declared, here }, machines),
        departedNodes(declared, machines),
        findMachines(declared, machines, renewal.lasts),
        existingNodes(clusterName),
    ]);
    const rollout = { ...sound.rollout, existing };
    const hosts = await machineHosts(declared, machines, sound.lab?.subnet);
    const proxy = shellProxy(process.env, hosts);
    const images = await checkImages(sound, here, machines, surroundings.cpus);
    warn([...proxy.warnings, ...hidden([...surroundings.warnings, ...images.warnings])]);
    const others = hidden([
        ...environmentProblems(process.env),
        ...proxy.problems,
        ...read.problems,
        ...brought.problems,
        ...joined.problems,
        ...images.problems,
        ...movedApiProblems(read.recorded, sound),
        ...surroundings.problems,
        ...foundProblems(found),
        ...heldProblems({ nodes: sound.nodes, rollout, found, renewal }),
    ]);
    const { ofHosts } = surroundings;
    const problems = [...others, ...hidden(ofHosts)];
    const { warnings, ...started } = await startAllStopped(found, {
        machines,
        dockerHost: sound.lab?.dockerHost,
        storeLasts: renewal.lasts,
        isSecured: sound.security === "full",
        // A preview changes nothing, nor does a run that is refused.
        mayStart: problems.length === 0 && !pulumi.runtime.isDryRun(),
    });
    warn(renewal.notice === undefined ? warnings : [renewal.notice, ...warnings]);
    if (settings === undefined || images.image === undefined || others.length > 0) {
        throw new pulumi.RunError(refusalOf(problems));
    }
    await refuseMaking(ofHosts, refusalOf(problems));
    warn(await allSecurityWarnings(settings, machines));
    const nodes = withFindings(settings.nodes, started, surroundings);
    return {
        settings: { ...settings, rollout, nodes: withImages(nodes, images.ofNodes) },
        image: images.image,
        renewal: renewal.reason,
        departed,
        joinCluster: joined.joinCluster,
        machines,
    };
}

async function allSecurityWarnings(settings: Settings, machines: StackMachines): Promise<string[]> {
    const isBrought = settings.authority !== undefined;
    return [...securityWarnings(settings), ...(await authorityWarnings(machines, isBrought))];
}

function foundProblems(found: readonly ProbedMachine[]): string[] {
    return [
        ...found.flatMap(({ probe }) => probe.problem ?? []),
        ...found.flatMap(({ check }) => check.problem ?? []),
    ];
}

async function broughtStore(
    { recorded, sound }: ReadConfig,
    declared: readonly DeclaredMachine[],
    machines: StackMachines,
): Promise<BroughtStore> {
    const { store, owner } = machines;
    const brought = await bringStore({
        store,
        owner,
        recorded,
        declared: declared.map(({ name }) => machines.machine(name).name),
        ofResources: ownResourceOutputs,
        inState: sound.storeInState,
    });
    brought.notices.forEach((notice) => void pulumi.log.info(notice));
    return brought;
}

function refusalOf(problems: readonly string[]): string {
    const count = problems.length === 1 ? "One thing is" : `${problems.length} things are`;
    return `${count} wrong; nothing was made or changed:\n  ${problems.join("\n  ")}`;
}

/** The machines of this stack. */
function stackMachines(
    { machineStore: store, dockerMachine }: Settings,
    declared: readonly DeclaredMachine[],
): StackMachines {
    const [project, stack] = [pulumi.getProject(), pulumi.getStack()];
    const hosts = declaredHosts(declared);
    return new StackMachines({ project, stack, store, dockerMachine, hosts });
}

function warn(warnings: readonly string[]): void {
    warnings.forEach((warning) => void pulumi.log.warn(warning));
}

/** The nodes, with why their machines are provisioned again, and whether they are unreachable. */
export function withFindings(
    nodes: Settings["nodes"],
    { reasons, unreachable }: Pick<StartResult, "reasons" | "unreachable">,
    { settledEngines }: Pick<Surroundings, "settledEngines"> = { settledEngines: [] },
): Settings["nodes"] {
    const found = (name: string) => ({
        provision: reasons[name],
        unreachable: unreachable.includes(name),
        ...(settledEngines.includes(name) ? { engineSettled: true } : {}),
    });
    if (nodes.machine !== undefined) {
        return { ...nodes, ...found(sharedMachineName) };
    }
    const withFound = (node: NodeArgs) => ({ ...node, ...found(node.name) });
    const { servers, clients = [] } = nodes;
    return { servers: servers.map(withFound), clients: clients.map(withFound) };
}

/** The variables of a shell that would send the Docker provider to another engine than the machine it was given, a
 * line for each. */
export function environmentProblems(env: NodeJS.ProcessEnv): string[] {
    return Object.entries(divertingEffects).flatMap(([name, effect]) => {
        const value = env[name] ?? "";
        return value === ""
            ? []
            : [`${name}: got "${value}"; it ${effect}. Run \`unset ${name}\`, then this again.`];
    });
}
