import { imageContractOf } from "../../components/agent/imageContracts.ts";
import type { ReadSettings } from "../settings/settings.ts";
import { broughtAuthorityProblems } from "./agentAuthority.ts";
import { dataPlaceWarnings } from "./dataPlaces.ts";
import { driverOptionProblems } from "./driverOptions.ts";
import { engineChanges } from "./engineChanges.ts";
import { labEngineProblems } from "./labEngine.ts";
import type { MachineCpus } from "./machineCpus.ts";
import { lookAtNewHosts } from "./newHosts.ts";
import { sshKeyProblems } from "./sshKeys.ts";
import type { DeclaredMachine, StackMachines } from "./stackMachines.ts";
import { takenBindingProblems } from "./takenBindings.ts";
import { takenPortProblems } from "./takenPorts.ts";

/** What was found around the settings. */
export interface Surroundings {
    readonly problems: readonly string[];
    /** Problems of hosts that are no machines yet. */
    readonly ofHosts: readonly string[];
    readonly warnings: readonly string[];
    /** The CPUs of those hosts, by their nodes' names, as far as they told. */
    readonly cpus: MachineCpus;
    /** The nodes whose machines' engines do not restart for their settings. */
    readonly settledEngines: readonly string[];
}

/**
 * What is wrong around the settings: this computer, the hosts, the files they name.
 *
 * @param here the declared machines without those that are known to be in a store elsewhere: of them nothing can be told
 *     from here.
 */
export async function surroundingProblems(
    { sound, settings }: ReadSettings,
    { declared, here }: Readonly<Record<"declared" | "here", readonly DeclaredMachine[]>>,
    machines: StackMachines,
): Promise<Surroundings> {
    const { lab, dockerMachine, imageFlavour, security } = sound;
    // The two do not go together, which is reported by itself.
    const checked = imageFlavour === "progrium" ? "open" : security;
    // It takes seconds, and of wrong settings the hosts may be what is wrong.
    const meant = settings === undefined ? [] : here;
    const looking = lookAtNewHosts(sound, meant, machines);
    // Hosts that were looked at have told what has their ports.
    const others = looking.then(({ looked }) => here.filter(({ name }) => !looked.has(name)));
    const contract = imageContractOf(imageFlavour, checked, sound);
    const found = await Promise.all([
        lab === undefined ? [] : labEngineProblems({ ...lab, owner: machines.owner }),
        broughtAuthorityProblems(sound),
        sshKeyProblems(declared),
        driverOptionProblems(declared, dockerMachine),
        others.then((hosts) => takenPortProblems(hosts, machines, contract)),
        others.then((hosts) => takenBindingProblems(hosts, machines, contract)),
    ]);
    const { problems: ofHosts, warnings, cpus } = await looking;
    const places = await dataPlaceWarnings(sound, here, machines);
    const engines = await engineChanges(sound, here, machines);
    const all = [...warnings, ...engines.warnings, ...places];
    const settledEngines = engines.settled;
    return { problems: found.flat(), ofHosts, warnings: all, cpus, settledEngines };
}
