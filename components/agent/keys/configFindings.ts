import type { JsonObject } from "../configObject.ts";
import { sourceOf, type ConfigLayer } from "../layeredConfig.ts";
import { plainKeys } from "./plainKeys.ts";
import { lowerKeys, type ConfigContext, type Finding } from "./finding.ts";
import { keyFindings } from "./keyRules.ts";
import { lockOutRules } from "./lockOutRules.ts";
import { valueRules } from "./valueRules.ts";

/** What is said of the configuration of one node's agent, a line each. */
export interface ConfigLines {
    readonly problems: readonly string[];
    readonly warnings: readonly string[];
}

/**
 * What is wrong with the configuration of a node's agent, and what is unwise.
 *
 * @param layers its parts, by which each line names where a value is from.
 * @param merged all of them together.
 */
export function configLines(
    layers: readonly ConfigLayer[],
    merged: JsonObject,
    context: ConfigContext,
): ConfigLines {
    const config = lowerKeys(merged);
    const keys = keyFindings(config, context);
    const values = [...valueRules, ...lockOutRules].flatMap((rule) => rule(config, context));
    const said = new Set(keys.problems.map(({ place }) => place[0]));
    const line = ({ place, value, rule }: Finding) => {
        const got = value === undefined ? "" : `got ${JSON.stringify(value)}; `;
        return `${sourceOf(layers, place)}: ${got}${rule}`;
    };
    return {
        problems: [
            ...keys.problems,
            // Of a key that cannot be set, no value is right.
            ...values.filter(({ place }) => !(place.length === 1 && said.has(place[0]))),
            ...partial(layers),
        ].map(line),
        warnings: [...keys.warnings, ...renamed(config)].map(line),
    };
}

/** Keys that have to be the same on every node, and are stated for some. */
function partial(layers: readonly ConfigLayer[]): Finding[] {
    return layers
        .filter(({ path }) => path !== "agentConfig")
        .flatMap(({ config }) => Object.keys(config))
        .filter((key) => plainKeys[key.toLowerCase()]?.everywhere === true)
        .map((key) => ({
            place: [key],
            rule: 'every node of the cluster has to have the same; state it under "agentConfig"',
        }));
}

/** Keys of earlier versions that are still read. */
function renamed(config: JsonObject): Finding[] {
    return Object.keys(config).flatMap((key) => {
        const now = plainKeys[key]?.now;
        return now === undefined
            ? []
            : [{ place: [key], rule: `Consul reads it, and calls it "${now}" by now` }];
    });
}
