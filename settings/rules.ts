import type { Json, JsonObject } from "../components/agentConfig.ts";
import { extraConfigProblems } from "../components/agentConfig.ts";
import { failureTolerance } from "../components/clusterPlan.ts";
import { problem } from "./problems.ts";
import type { RawSettings } from "./schema.ts";
import type { StatedNode } from "./nodes.ts";

/** Longest label of a host name; the machine's name is one. */
const longestHostName = 63;

/** What is wrong with the nodes as a set. */
export function nodeSetProblems(
    nodes: readonly (StatedNode & { readonly settledAddress?: string | undefined })[],
    stack: string,
): string[] {
    const problems: string[] = [];
    const names = new Map<string, string>();
    const addresses = new Map<string, string>();
    for (const { name, path, settledAddress } of nodes) {
        const namesake = names.get(name);
        if (namesake !== undefined) {
            problems.push(problem(`${path}.name`, name, `${namesake} has that name already`));
        }
        names.set(name, path);
        const neighbour = settledAddress === undefined ? undefined : addresses.get(settledAddress);
        if (neighbour !== undefined) {
            problems.push(
                problem(`${path}.address`, settledAddress, `${neighbour} has that address already`),
            );
        }
        if (settledAddress !== undefined) {
            addresses.set(settledAddress, path);
        }
        if (`${stack}-${name}`.length > longestHostName) {
            const rule = `with the stack's name before it, at most ${longestHostName} characters`;
            problems.push(problem(`${path}.name`, name, rule));
        }
    }
    return problems;
}

/** What is wrong with the number of servers. */
export function serverCountProblems(servers: number, join: readonly string[]): string[] {
    return servers === 0 && join.length === 0
        ? [
              problem(
                  "servers",
                  servers,
                  'at least one, unless "join" names the servers of another stack',
              ),
          ]
        : [];
}

/** What is unwise about the number of servers. */
export function serverCountWarnings(servers: number): string[] {
    if (servers === 0 || servers % 2 === 1) {
        return [];
    }
    const bears = failureTolerance(servers);
    return [
        `servers: ${servers} servers bear the loss of ${bears}, as ${servers - 1} do, and need one ` +
            "more for every decision; an odd number is better.",
    ];
}

const secretName =
    /passw(or)?d|secret|token|privatekey|apikey|accesskey|encrypt$|credential|masterkey/;

/** Secrets that were written into the settings in clear, told by the names of their keys. */
export function plainSecretProblems(settings: RawSettings): string[] {
    const places: Record<string, Json> = {
        driverOptions: settings.driverOptions,
        environment: settings.environment,
        agentConfig: settings.agentConfig as JsonObject,
    };
    for (const key of ["servers", "clients"] as const) {
        const nodes = settings[key];
        if (typeof nodes === "object") {
            nodes.forEach(({ options }, index) => {
                places[`${key}[${index}].options`] = options ?? {};
            });
        }
    }
    return Object.entries(places).flatMap(([path, value]) => secretsIn(path, value, false));
}

function secretsIn(path: string, value: Json, named: boolean): string[] {
    if (typeof value === "string") {
        return named
            ? [
                  `${path}: got a secret in clear (its value is not repeated here); give a driver's ` +
                      "by the environment variable that the driver reads, and no other at all",
              ]
            : [];
    }
    if (typeof value !== "object" || value === null) {
        return [];
    }
    return Object.entries(value).flatMap(([key, inner]: [string, Json]) => {
        const isNamed = secretName.test(key.toLowerCase().replaceAll(/[-_]/g, ""));
        return secretsIn(`${path}.${key}`, inner, named || isNamed);
    });
}

/** What is wrong with the extra agent configuration. */
export function agentConfigProblems(settings: RawSettings): string[] {
    return extraConfigProblems(settings.agentConfig as JsonObject);
}

const stackRule = "lowercase letters, digits and dashes: machines are named after the stack";

/** What is wrong with the stack's own name. */
export function stackNameProblems(stack: string): string[] {
    return /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(stack)
        ? []
        : [problem("stack", stack, stackRule)];
}
