import { isLab } from "../../components/cluster/clusterArgs.ts";
import { isKnownHost } from "../../components/machine/machineArgs.ts";
import {
    engineProxy,
    engineProxyProblem,
    proxied,
    withoutLogin,
} from "../../scripts/system/proxy.ts";
import type { DeclaredMachine, StackMachines } from "./stackMachines.ts";

/** What a proxy of the shell does to a run. */
export interface ShellProxy {
    /** Why the run is refused, with the line to type. */
    readonly problems: readonly string[];
    /** What cannot be told yet. */
    readonly warnings: readonly string[];
}

/** Where this computer reaches machines, for what is not to go through a proxy. */
export interface MachineHosts {
    /** Addresses and host names, and networks of machines that have no address yet. */
    readonly hosts: readonly string[];
    /** Drivers of machines whose address nobody knows yet. */
    readonly unknown: readonly string[];
}

/** Network of VirtualBox's machines where the settings name none. */
const defaultHostonlyCidr = "192.168.59.1/24";

/**
 * Where this computer reaches the declared machines.
 *
 * @param subnet network of the lab machines.
 */
export async function machineHosts(
    declared: readonly Pick<DeclaredMachine, "name" | "machine">[],
    machines: Pick<StackMachines, "machine">,
    subnet?: string,
): Promise<MachineHosts> {
    const found = declared.map(async ({ name, machine }) => {
        if (isLab(machine)) {
            return { host: subnet ?? machine.address };
        }
        if (isKnownHost(machine)) {
            return { host: machine.reach ?? machine.address };
        }
        const made = await machines
            .machine(name)
            .inspect()
            .catch(() => undefined);
        if (made !== undefined) {
            return { host: made.address };
        }
        return machine.driver === "virtualbox" && !("options" in machine)
            ? { host: hostonlyNetwork(machine) }
            : { unknown: machine.driver };
    });
    const all = await Promise.all(found);
    return {
        hosts: [...new Set(all.flatMap(({ host }) => host ?? []))],
        unknown: [...new Set(all.flatMap(({ unknown }) => unknown ?? []))],
    };
}

function hostonlyNetwork(machine: { readonly hostonlyCidr?: string | undefined }): string {
    return machine.hostonlyCidr ?? defaultHostonlyCidr;
}

/** Whether a proxy of the shell would be asked for the machines' engines. */
export function shellProxy(env: NodeJS.ProcessEnv, { hosts, unknown }: MachineHosts): ShellProxy {
    const problem = engineProxyProblem(env, hosts);
    const proxy = engineProxy(env);
    const isExcepted = proxied(env, ["0.0.0.0/0"]).length === 0;
    const warnings =
        proxy === undefined || isExcepted
            ? []
            : unknown.map(
                  (driver) =>
                      `${proxy.name}: got "${withoutLogin(proxy.value)}"; machines of the driver ${driver} get their ` +
                      "addresses when they are made, and Pulumi's Docker provider would ask that proxy for their engines. Put " +
                      "their network into NO_PROXY before (`export NO_PROXY=10.0.0.0/8`); or the run stops at the first " +
                      "machine that is not in it, and names the line to type.",
              );
    return { problems: problem === undefined ? [] : [problem], warnings };
}
