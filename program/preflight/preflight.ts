import * as pulumi from "@pulumi/pulumi";
import { flavourOf } from "../../components/agent/imageContract.ts";
import type { AgentImage } from "../../components/agent/agentImage.ts";
import type { NodeArgs } from "../../components/cluster/clusterArgs.ts";
import { sharedName } from "../../components/cluster/clusterMachines.ts";
import { imageFlavourProblem } from "../settings/progriumSettings.ts";
import type { ReadSettings, Settings } from "../settings/settings.ts";
import { lookForDead } from "./deadMachines.ts";
import { driverOptionProblems } from "./driverOptions.ts";
import { resolveImage } from "../../components/agent/imageArchive.ts";
import { labEngineProblems } from "./labEngine.ts";
import { environmentProblems } from "./operatorEnvironment.ts";
import { neededProvisioning } from "./provisioning.ts";
import { neededRenewal } from "./renewal.ts";
import { mindSilent } from "./startStoppedMachines.ts";
import { sshKeyProblems } from "./sshKeys.ts";
import { takenPortProblems, type PublishingNode, type StackMachines } from "./takenPorts.ts";
import { takenResolverProblems } from "./takenResolver.ts";

/** What the program declares, once everything about it is known to be in order. */
export interface CheckedSettings {
    readonly settings: Settings;
    readonly image: AgentImage;
    /** Why the machine store's authority is to be made anew; undefined where it is not. */
    readonly renewal: string | undefined;
}

/**
 * Looks at everything that can be known before anything is made, and says all that is wrong at
 * once. Runs in every preview and every update.
 *
 * @throws pulumi.RunError with a line for each problem.
 */
export async function checkBeforehand(read: ReadSettings): Promise<CheckedSettings> {
    read.warnings.forEach((warning) => void pulumi.log.warn(warning));
    const { settings, sound } = read;
    const machines = stackMachines(sound);
    const declared = machinesOf(sound);
    const renewal = await neededRenewal(machines.store);
    const means = { binary: sound.dockerMachine, storeLasts: renewal.lasts };
    const [image, surroundings, provisioning, looks] = await Promise.all([
        resolveImage(sound.image),
        surroundingProblems(sound),
        neededProvisioning(declared, machines, means),
        // Each by itself, and beside the rest: a machine that is off costs its patience once.
        Promise.all(declared.map((node) => lookForDead(node, machines))),
    ]);
    const problems = [
        ...environmentProblems(process.env),
        ...read.problems,
        ...image.problems,
        ...archiveFlavourProblems(image.image, sound),
        ...surroundings,
        ...looks.flatMap(({ problem }) => problem ?? []),
        ...Object.values(provisioning.problems),
    ];
    const { warnings, reasons } = await mindSilent(declared, looks, provisioning, {
        machines,
        means,
        starters: { ...sound, project: pulumi.getProject() },
        // Nothing is touched by a preview, nor where anything is wrong.
        mayStart: problems.length === 0 && !pulumi.runtime.isDryRun(),
    });
    const notices = renewal.notice === undefined ? warnings : [renewal.notice, ...warnings];
    notices.forEach((notice) => void pulumi.log.warn(notice));
    if (settings === undefined || image.image === undefined || problems.length > 0) {
        const count = problems.length === 1 ? "One thing is" : `${problems.length} things are`;
        throw new pulumi.RunError(
            `${count} wrong; nothing was made or changed:\n  ${problems.join("\n  ")}`,
        );
    }
    void pulumi.log.warn(
        "This cluster is open: no ACLs, no TLS between agents. Whoever reaches port 8500 of a " +
            "node can read and change everything in it; keep its network to yourself.",
    );
    const withReason = (node: NodeArgs) => {
        return { ...node, provision: reasons[sound.oneMachine ? sharedName : node.name] };
    };
    const checked = {
        ...settings,
        servers: settings.servers.map(withReason),
        clients: settings.clients.map(withReason),
    };
    return { settings: checked, image: image.image, renewal: renewal.reason };
}

/** Whether the tag in an archive tells it to be of another flavour than is said. */
function archiveFlavourProblems(
    image: AgentImage | undefined,
    { imageFlavour, image: archive }: Settings,
): string[] {
    return image?.kind === "archive"
        ? imageFlavourProblem(`image: ${archive}`, image.source, imageFlavour)
        : [];
}

/** What is wrong around the settings: this computer, the hosts, the files they name. */
async function surroundingProblems(settings: Settings): Promise<string[]> {
    const nodes = machinesOf(settings);
    const machines = stackMachines(settings);
    const { owner } = machines;
    const found = await Promise.all([
        settings.lab === undefined ? [] : labEngineProblems({ ...settings.lab, owner }),
        sshKeyProblems(nodes),
        driverOptionProblems(nodes, settings.dockerMachine),
        takenPortProblems(nodes, machines, flavourOf(settings.imageFlavour).ports),
        settings.dnsOnBridge ? takenResolverProblems(nodes, machines, settings.dockerMachine) : [],
    ]);
    return found.flat();
}

/** The machines that the settings ask for, each under the name of its node. */
function machinesOf({ servers, clients, oneMachine }: Settings): PublishingNode[] {
    const [first] = servers;
    if (oneMachine) {
        return first === undefined
            ? []
            : [{ name: sharedName, machine: first.machine, role: "outside" }];
    }
    return [
        ...servers.map((node) => ({ ...node, role: "server" as const })),
        ...clients.map((node) => ({ ...node, role: "client" as const })),
    ];
}

/** Where this stack's machines are, and whose they are. */
function stackMachines({ machineStore }: Settings): StackMachines {
    const stack = pulumi.getStack();
    return { store: machineStore, owner: `${pulumi.getProject()}/${stack}`, stack };
}
