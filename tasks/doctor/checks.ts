import { inSubnet } from "./subnet.ts";
import type { NodeStanding } from "../stack/nodes.ts";

/** One thing that was looked at. */
export interface Check {
    /** What was looked at, with what was found: `Docker Engine: 20.10.24 answers`. */
    readonly what: string;
    /** What to do, where it is not as it should be. */
    readonly advice?: string | undefined;
}

/** A tool that was looked for. */
export interface ToolFact {
    readonly name: string;
    /** What was found, or why nothing was. */
    readonly note: string;
    /** What to do about it; absent where there is nothing to do. */
    readonly advice?: string | undefined;
}

/** What was learned about one node. */
export interface NodeFacts extends NodeStanding {
    readonly name: string;
    readonly role: string;
    /** Where the stack put it. */
    readonly address: string;
    readonly machine: string;
    /** Why its machine's engine did not answer over TLS; undefined where it did. */
    readonly engineSilence: string | undefined;
}

/** What was learned about a stack that runs. */
export interface StackFacts {
    readonly nodes: readonly NodeFacts[];
    /** Why nobody answered for the cluster; undefined where somebody did. */
    readonly silence: string | undefined;
}

/** The range that a Docker Engine gives to its own bridge, on every machine the same. */
const bridgeRange = "172.17.0.0/16";

/** The checks of this computer. */
export function toolChecks(facts: readonly ToolFact[]): Check[] {
    return facts.map(({ name, note, advice }) => ({ what: `${name}: ${note}`, advice }));
}

/** The checks of a stack: its nodes one by one, then what only holds for all of them. */
export function stackChecks({ nodes, silence }: StackFacts): Check[] {
    const answers: Check = {
        what: `cluster: ${silence === undefined ? "answers" : `does not answer (${silence})`}`,
        advice: silence === undefined ? undefined : retry,
    };
    return [...nodes.flatMap(nodeChecks), answers, leaderCheck(nodes)];
}

const retry = "`npm start` repairs what is stopped; it harms nothing that runs.";

function nodeChecks(node: NodeFacts): Check[] {
    const checks = [engineCheck(node), aliveCheck(node)];
    if (node.role === "server") {
        checks.push(voterCheck(node));
    }
    return [...checks, addressCheck(node)];
}

function engineCheck({ name, machine, engineSilence }: NodeFacts): Check {
    return engineSilence === undefined
        ? { what: `${name}: its machine's Docker Engine answers over TLS` }
        : {
              what: `${name}: its machine's Docker Engine does not answer over TLS (${engineSilence})`,
              advice:
                  `See that machine "${machine}" runs and is reached from here. ${retry} ` +
                  "A machine that is lost for good is made anew as the docs say under repair.",
          };
}

function aliveCheck({ name, isAlive }: NodeFacts): Check {
    return isAlive === true
        ? { what: `${name}: alive` }
        : {
              what: `${name}: ${isAlive === undefined ? "nobody knows whether it is" : "not"} alive`,
              advice: `Read its agent's log: \`docker logs\` on its machine. ${retry}`,
          };
}

function voterCheck({ name, isVoter }: NodeFacts): Check {
    return isVoter === true
        ? { what: `${name}: voter` }
        : {
              what: `${name}: ${isVoter === undefined ? "nobody knows whether it is a" : "no"} voter`,
              advice:
                  "A server becomes a voter some 10 s after it has joined. If it stays so, " +
                  `look into its agent's log. ${retry}`,
          };
}

/** Others must reach a node by the address it tells them, not only its own machine. */
function addressCheck({ name, address, advertised }: NodeFacts): Check {
    if (advertised === address) {
        return { what: `${name}: advertises its machine's address ${address}` };
    }
    const isPrivate = advertised !== undefined && inSubnet(advertised, bridgeRange);
    const flaw = isPrivate ? `, which only its own machine reaches; expected ${address}` : "";
    const found = advertised === undefined ? "no address" : `"${advertised}"`;
    return {
        what: `${name}: advertises ${found}${flaw || `; expected "${address}"`}`,
        advice: `Its agent must run with -advertise=${address}. ${retry}`,
    };
}

function leaderCheck(nodes: readonly NodeFacts[]): Check {
    const leaders = nodes.filter(({ isLeader }) => isLeader === true).map(({ name }) => name);
    if (leaders.length === 1) {
        return { what: `cluster: one leader, ${leaders.join("")}` };
    }
    const servers = nodes.filter(({ role }) => role === "server").length;
    const majority = Math.floor(servers / 2) + 1;
    return leaders.length === 0
        ? {
              what: "cluster: no leader",
              advice: `${majority} of ${servers} servers must run and reach each other. ${retry}`,
          }
        : {
              what: `cluster: ${leaders.length} leaders (${leaders.join(", ")}); expected one`,
              advice: "Look again in a few seconds: an election may be under way.",
          };
}

/** The report: one line per check, and below a failed one what to do. */
export function report(checks: readonly Check[]): string {
    return checks
        .map(({ what, advice }) =>
            advice === undefined ? `  ok    ${what}` : `  FAIL  ${what}\n        ${advice}`,
        )
        .join("\n");
}

/** Whether everything is as it should be. */
export function allHold(checks: readonly Check[]): boolean {
    return checks.every(({ advice }) => advice === undefined);
}
