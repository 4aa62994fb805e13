import { environmentVariableProblems } from "../../components/agent/agentConfig.ts";
import { failureTolerance } from "../../components/cluster/clusterPlan.ts";
import { sharedMachineRules } from "../../components/cluster/clusterProblems.ts";
import { joinRefusals } from "../../components/cluster/joinProblems.ts";
import { addressClashes, defaultNodeSubnet } from "../../components/machine/containerAddresses.ts";
import { machineNameOf, sharedMachineName } from "../../scripts/protocol/names.ts";
import type { Security } from "../../scripts/protocol/security.ts";
import { configSettingProblems } from "./configSettings.ts";
import type { SettledNode, StatedNode } from "./nodeSettings.ts";
import { problem, secretProblem } from "./problems.ts";
import { progriumSettingProblems } from "./progriumSettings.ts";
import type { RawSettings } from "./schema.ts";
import { serviceSettingProblems } from "./serviceSettings.ts";
import { broughtAuthority } from "./securitySettings.ts";

/** Settings whose cluster's security is decided. */
export type ResolvedSettings = RawSettings & { readonly security: Security };

/**
 * What is wrong among settings that are each of the right form.
 *
 * @param nodes all nodes, servers first.
 * @param isCountKnown whether the number of servers is; false where their setting is invalid.
 */
export function ruleProblems(
    raw: ResolvedSettings,
    nodes: readonly SettledNode[],
    stack: string,
    isCountKnown: boolean,
): string[] {
    return [
        ...nodeSetProblems(nodes, stack),
        ...(isCountKnown ? serverCountProblems(nodes, raw) : []),
        ...generationProblems(raw, nodes),
        ...joinProblems(nodes, raw),
        ...oneMachineProblems(raw, nodes),
        ...progriumSettingProblems(raw, nodes),
        ...serviceSettingProblems(raw, nodes),
        ...labelProblems(raw),
        ...configSettingProblems(raw, nodes),
        ...environmentVariableProblems(raw.environment, raw.security),
    ];
}

/** Longest label of a host name; the machine's name is one. */
const longestHostName = 63;

/** What is wrong with the nodes as a set. */
function nodeSetProblems(nodes: readonly SettledNode[], stack: string): string[] {
    const problems: string[] = [];
    const names = new Map<string, string>();
    const addresses = new Map<string, string>();
    const reaches = new Map<string, string>();
    for (const { name, path, settledAddress, settledReach } of nodes) {
        const namesake = names.get(name);
        if (namesake !== undefined) {
            problems.push(problem(`${path}.name`, name, `${namesake} has that name already`));
        }
        names.set(name, path);
        const neighbour = settledAddress === undefined ? undefined : addresses.get(settledAddress);
        if (neighbour !== undefined) {
            const rule = `${neighbour} has that address already; give one of them another`;
            problems.push(problem(`${path}.address`, settledAddress, rule));
        }
        if (settledAddress !== undefined) {
            addresses.set(settledAddress, path);
        }
        const double = settledReach === undefined ? undefined : reaches.get(settledReach);
        if (double !== undefined && neighbour === undefined) {
            const rule =
                `${double} is reached there already; the nodes' ports are the same on each host, so each needs an address ` +
                "of its own for this computer";
            problems.push(problem(`${path}.reach`, settledReach, rule));
        }
        if (settledReach !== undefined) {
            reaches.set(settledReach, path);
        }
        if (machineNameOf(stack, name).length > longestHostName) {
            const rule = `with the stack's name before it, at most ${longestHostName} characters`;
            problems.push(problem(`${path}.name`, name, rule));
        }
    }
    return problems;
}

/** What is wrong with the generations: each is of a node that there is, on a machine of its own. */
function generationProblems(
    { generations, oneMachine }: RawSettings,
    nodes: readonly StatedNode[],
): string[] {
    const names = nodes.map(({ name }) => name);
    return Object.entries(generations).flatMap(([name, generation]) => {
        const rule = oneMachine
            ? "nodes that share a machine are lost with it; restore a snapshot: docs/restore.md"
            : `there is no node "${name}"; there are ${names.join(", ")}`;
        const isFine = !oneMachine && names.includes(name);
        return isFine ? [] : [problem(`generations.${name}`, generation, rule)];
    });
}

/** What is wrong with the number of servers. */
function serverCountProblems(
    nodes: readonly StatedNode[],
    { join, joinStack }: RawSettings,
): string[] {
    const rule = 'at least one, unless "joinStack" or "join" names the cluster of another stack';
    return countServers(nodes) === 0 && join.length === 0 && joinStack === ""
        ? [problem("servers", 0, rule)]
        : [];
}

/** Warnings about the number of servers. */
export function serverCountWarnings(nodes: readonly StatedNode[]): string[] {
    const servers = countServers(nodes);
    if (servers === 0 || servers % 2 === 1) {
        return [];
    }
    return [
        `servers: ${servers} servers tolerate the failure of ${failureTolerance(servers)}, the same as ` +
            `${servers - 1}, and need one more for every decision; an odd number is better.`,
    ];
}

function countServers(nodes: readonly StatedNode[]): number {
    return nodes.filter(({ role }) => role === "server").length;
}

/** What is wrong with what is joined: the servers of this stack are joined without being named. */
function joinProblems(nodes: readonly SettledNode[], raw: ResolvedSettings): string[] {
    const { join, joinStack } = raw;
    const ownServers = join.flatMap((address, index) => {
        const own = nodes.find(({ settledAddress }) => settledAddress === address);
        const rule = `an address of another stack's server; this is the one of ${own?.name ?? ""}`;
        return own === undefined ? [] : [problem(`join[${index}]`, address, rule)];
    });
    if (joinStack === "") {
        return ownServers;
    }
    const authority = broughtAuthority(raw);
    const refused = joinRefusals({ ...raw, authority }).map((refusal) => {
        const { rotate, reason } = refusal;
        if (refusal.brought !== undefined) {
            return secretProblem(refusal.brought, reason);
        }
        return rotate === undefined
            ? problem("joinStack", joinStack, reason)
            : problem(`rotate.${rotate}`, raw.rotate[rotate], reason);
    });
    return [...ownServers, ...refused];
}

/** What goes with one machine for all nodes alone, or does not go with one. */
function oneMachineProblems(raw: RawSettings, nodes: readonly StatedNode[]): string[] {
    if (!raw.oneMachine) {
        const rule = 'it is for "oneMachine"; give each node its own';
        return (["address", "reach"] as const)
            .filter((key) => raw[key] !== "")
            .map((key) => problem(key, raw[key], rule));
    }
    const problems = nodes.flatMap(({ path, name, address, reach, options }) => [
        ...(address === undefined
            ? []
            : [problem(`${path}.address`, address, 'the one machine has it: use "address"')]),
        ...(reach === undefined
            ? []
            : [problem(`${path}.reach`, reach, 'the one machine has it: use "reach"')]),
        ...(options === undefined
            ? []
            : [problem(`${path}.options`, options, 'the one machine has them: "driverOptions"')]),
        ...(name === sharedMachineName
            ? [problem(`${path}.name`, name, sharedMachineRules.name)]
            : []),
    ]);
    if (raw.join.length > 0) {
        problems.push(problem("join", raw.join, sharedMachineRules.join));
    }
    if (raw.joinStack !== "") {
        problems.push(problem("joinStack", raw.joinStack, sharedMachineRules.join));
    }
    const names = new Set(nodes.map(({ name }) => name));
    return [...problems, ...addressClashes(defaultNodeSubnet, [...names])];
}

/** What is wrong with the extra labels. */
function labelProblems({ labels }: RawSettings): string[] {
    const rule = 'a label of another name: those that begin with "consul-machines." are ours';
    return Object.entries(labels)
        .filter(([label]) => label.startsWith("consul-machines."))
        .map(([label, value]) => problem(`labels.${label}`, value, rule));
}

/** What is wrong with the stack's own name. */
export function stackNameProblems(stack: string): string[] {
    const rule = "lowercase letters, digits and dashes: machines are named after the stack";
    return /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(stack) ? [] : [problem("stack", stack, rule)];
}
