import { proxyLoginRule, proxyLogins } from "../../components/cluster/engineSchema.ts";
import { secretKind } from "../../components/agent/secretValues.ts";
import type { StatedNode } from "./nodeSettings.ts";
import { problem, secretProblem } from "./problems.ts";
import { registrySettingProblems } from "./registrySettings.ts";
import type { RawSettings } from "./schema.ts";

/**
 * What is wrong with what engines are to be told, and with what they log in, beyond its form.
 *
 * @param secretKeys the settings that are encrypted in the stack file.
 */
export function engineSettingProblems(
    raw: Pick<RawSettings, "engine" | "oneMachine" | "registries">,
    nodes: readonly StatedNode[],
    secretKeys: ReadonlySet<string>,
): string[] {
    const { engine, oneMachine } = raw;
    const own = nodes.flatMap((node) =>
        node.engine === undefined ? [] : [{ at: `${node.path}.engine`, engine: node.engine }],
    );
    const logins = [{ at: "engine", engine }, ...own].flatMap(({ at, engine: stated }) =>
        proxyLogins(stated)
            // One with a password is found as any other secret is.
            .filter((key) => secretKind(stated.proxy?.[key] ?? "", key) === undefined)
            .map((key) => secretProblem(`${at}.proxy.${key}`, proxyLoginRule)),
    );
    const shared = oneMachine
        ? own.map(({ at, engine: stated }) =>
              problem(at, stated, 'the one machine has one engine: use "engine"'),
          )
        : [];
    return [...logins, ...shared, ...registrySettingProblems(raw, secretKeys.has("registries"))];
}
