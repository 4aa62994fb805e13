import { machineHosts } from "../../program/preflight/shellProxy.ts";
import {
    declaredHosts,
    declaredMachines,
    StackMachines,
} from "../../program/preflight/stackMachines.ts";
import { readSettings } from "../../program/settings/settings.ts";
import { property } from "../../scripts/system/json.ts";
import { direct, hasProxy } from "../../scripts/system/proxy.ts";
import { textsOf } from "./declaredSettings.ts";
import type { DeclaredSettings } from "./stackSettings.ts";

/** The name that settings of our programs have for a network of machines. */
const networkSetting = "subnet";

/**
 * Variables by which Pulumi's plugins reach the machines of a stack without the shell's proxy: they are for engines and
 * agents, and the proxy stays for all else. None where the shell has no proxy.
 *
 * @param settings the program's and the stack's.
 */
export async function directEnvironment(
    settings: DeclaredSettings,
    stack: string,
    env: NodeJS.ProcessEnv = process.env,
): Promise<Record<string, string>> {
    if (!hasProxy(env)) {
        return {};
    }
    const { name: project } = settings.project;
    const texts = textsOf(settings);
    const { sound } = readSettings(texts, { project, stack });
    const { machineStore: store, dockerMachine, nodes, lab } = sound;
    const declared = declaredMachines(nodes);
    const hosts = declaredHosts(declared);
    const machines = new StackMachines({ project, stack, store, dockerMachine, hosts });
    const found = await machineHosts(declared, machines, lab?.subnet);
    const byDefault = property(property(settings.project.config, networkSetting), "default");
    const network = texts[networkSetting] ?? byDefault;
    return direct(env, [...found.hosts, ...(typeof network === "string" ? [network] : [])]);
}
