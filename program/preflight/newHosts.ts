import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { archiveArchitecture, isArchive } from "../../components/agent/imageArchive.ts";
import { imageContractOf } from "../../components/agent/imageContracts.ts";
import type { PortSettings } from "../../components/agent/portSettings.ts";
import { isOnAddress } from "../../components/agent/ports.ts";
import {
    isLab,
    type OneMachine,
    type SeparateMachines,
} from "../../components/cluster/clusterArgs.ts";
import { isKnownHost, type KnownHost } from "../../components/machine/machineArgs.ts";
import { configVolumeName, containerName, volumeName } from "../../components/machine/placement.ts";
import { nodeNetworkName } from "../../components/machine/sharedMachine.ts";
import { adoptVariable, type HostPlan } from "../../scripts/hosts/facts/hostPlan.ts";
import type { HostReport } from "../../scripts/hosts/lookAtHosts.ts";
import { findBinary } from "../../scripts/machine/dockerMachineCli.ts";
import { generationOf } from "../../scripts/machine/machineRecord.ts";
import { run } from "../../scripts/system/process.ts";
import type { Settings } from "../settings/settings.ts";
import { askAdoptedAgent } from "./adoption.ts";
import { declaredEngine } from "./engineChanges.ts";
import type { MachineCpus } from "./machineCpus.ts";
import { plannedOnAddress, plannedRows } from "./plannedPorts.ts";
import { sshKeyProblem, withoutSshProblems } from "./sshKeys.ts";
import type { DeclaredMachine, StackMachines } from "./stackMachines.ts";

/** What a look at the hosts found that are to be made machines. */
export interface NewHosts {
    /** A line for each finding for which nothing is made. */
    readonly problems: readonly string[];
    /** A line for each host on which something will happen that its operator may care about. */
    readonly warnings: readonly string[];
    /** The names of those that were looked at, and told what has their ports: these need no other check. */
    readonly looked: ReadonlySet<string>;
    /** Their CPUs, as Docker calls them, by name. */
    readonly cpus: MachineCpus;
}

/** What decides what will run on hosts. */
export type HostSettings = Pick<
    Settings,
    "nodes" | "engine" | "image" | "imageFlavour" | "security" | "dockerMachine" | "datacenter"
> &
    PortSettings;

/**
 * Looks at the existing hosts that are to be made machines, all at once and within 15 seconds. A host of a machine that
 * is in the store is none of them, unless another machine is to take its place.
 */
export async function lookAtNewHosts(
    settings: HostSettings,
    declared: readonly DeclaredMachine[],
    machines: StackMachines,
): Promise<NewHosts> {
    const plans = await hostPlans(settings, declared, machines);
    const looked = plans.length === 0 ? [] : await look(plans, settings);
    if (looked === undefined) {
        const warning = `Hosts were not looked at: there is no \`ssh\` on PATH (${namesOf(plans)}).`;
        const problems = await withoutSshProblems(plans);
        return { problems, warnings: [warning], looked: new Set(), cpus: new Map() };
    }
    const [{ describeFinding }, { dockerArchitecture }] = await Promise.all([
        import("../../scripts/hosts/judge.ts"),
        import("../../scripts/hosts/rules/system.ts"),
    ]);
    const lines = (kind: "refused" | "said") =>
        looked.flatMap(({ plan, findings }) =>
            findings.filter((one) => one.kind === kind).map((one) => describeFinding(plan, one)),
        );
    return {
        problems: lines("refused"),
        warnings: lines("said"),
        looked: new Set(looked.filter((one) => !lacksListeners(one)).map(({ plan }) => plan.name)),
        cpus: new Map(
            looked.flatMap(({ plan, facts }) =>
                facts?.machine === undefined
                    ? []
                    : [[plan.name, dockerArchitecture(facts.machine)] as const],
            ),
        ),
    };
}

/** Whether a host told everything but what listens there. Of one that is adopted, connecting would find the agent itself. */
function lacksListeners({ plan: { adopts }, facts }: HostReport): boolean {
    return adopts === undefined && facts?.isComplete === true && facts.listeners === undefined;
}

/** Looks at hosts; undefined where this computer has no `ssh`. */
export async function look(
    plans: readonly HostPlan[],
    settings: Pick<HostSettings, "image" | "dockerMachine" | "datacenter">,
): Promise<readonly HostReport[] | undefined> {
    const { image, dockerMachine } = settings;
    // Loaded by hardly any run: hosts become machines once.
    const { findSsh, lookAtHosts } = await import("../../scripts/hosts/lookAtHosts.ts");
    const ssh = await findSsh();
    if (ssh === undefined) {
        return undefined;
    }
    const [version, architecture] = await Promise.all([
        versionOf(dockerMachine),
        typeof image === "string" && isArchive(image) ? archiveArchitecture(image) : undefined,
    ]);
    const all = plans.map((plan) => ({ ...plan, architecture }));
    const asked = Promise.all(plans.map((plan) => askAdoptedAgent(plan, settings)));
    const reports = await lookAtHosts(all, ssh, { dockerMachine: version });
    const adopted = await asked;
    return reports.map((report, index) => {
        return { ...report, findings: [...report.findings, ...(adopted[index] ?? [])] };
    });
}

/** What is planned for the hosts that are no machines yet. */
export async function hostPlans(
    settings: HostSettings,
    declared: readonly DeclaredMachine[],
    machines: StackMachines,
): Promise<HostPlan[]> {
    const checked = settings.imageFlavour === "progrium" ? "open" : settings.security;
    const contract = imageContractOf(settings.imageFlavour, checked, settings);
    const authority = await readFile(join(machines.store.layout.certs, "ca.pem"), "utf8").catch(
        () => undefined,
    );
    const planned = declared.map(async (one): Promise<HostPlan[]> => {
        const { machine } = one;
        if (isLab(machine) || !isKnownHost(machine) || (await isMade(one, machine, machines))) {
            return [];
        }
        if (machine.sshKey !== undefined && (await sshKeyProblem(machine.sshKey)) !== undefined) {
            // That is reported by itself, and nobody gets in with it.
            return [];
        }
        return [
            {
                name: one.name,
                machineName: machines.machine(one.name).name,
                owner: machines.owner,
                ...machine,
                reachedAt: machine.reach,
                ports: plannedOnAddress(one.role, contract),
                bridgePorts: plannedRows(one.role, contract).filter((row) => !isOnAddress(row)),
                apiPort: contract.endpoint.port,
                ...namesOn(settings.nodes),
                authority,
                engine: declaredEngine(settings, one),
                adopts: one.adopt?.container,
                role: one.role === "client" ? "client" : "server",
                adoptsData: process.env[adoptVariable] === "1",
            },
        ];
    });
    return (await Promise.all(planned)).flat();
}

/** Whether the machine of this host is in the store. */
async function isMade(
    { name, generation }: DeclaredMachine,
    { address }: KnownHost,
    machines: StackMachines,
): Promise<boolean> {
    const machine = machines.machine(name);
    const record = await machine.record();
    if (record?.state !== "made" || generationOf(record) !== generationOf({ generation })) {
        return false;
    }
    const inspected = await machine.inspect().catch(() => undefined);
    // At another address another machine is made.
    return inspected === undefined || inspected.bound === address;
}

/** The names of what runs on a host. */
function namesOn(
    nodes: SeparateMachines | OneMachine,
): Pick<HostPlan, "containers" | "volumes" | "networks"> {
    if (nodes.machine === undefined) {
        const volumes = [volumeName, configVolumeName];
        return { containers: [containerName], volumes, networks: [] };
    }
    const names = [...nodes.servers, ...(nodes.clients ?? [])].map(({ name }) => name);
    return {
        containers: names,
        volumes: names.flatMap((name) => [`${volumeName}-${name}`, `${configVolumeName}-${name}`]),
        networks: [nodeNetworkName],
    };
}

/** What a docker-machine says of itself: forks know different systems. */
async function versionOf(dockerMachine: string | undefined): Promise<string | undefined> {
    const binary = await findBinary(dockerMachine).catch(() => undefined);
    if (binary === undefined) {
        return undefined;
    }
    const { code, stdout } = await run(binary, ["--version"], { timeoutMs: 2000 });
    return code === 0 ? stdout : undefined;
}

/** The nodes of hosts. */
function namesOf(plans: readonly HostPlan[]): string {
    return plans.map(({ name }) => name).join(", ");
}
