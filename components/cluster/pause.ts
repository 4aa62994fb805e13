import * as pulumi from "@pulumi/pulumi";
import { holdAll, pendingKeys, type HeldResource } from "../pulumi/hold.ts";
import type { ConsulClusterArgs } from "./clusterArgs.ts";
import { heldNodes, isThere, type TurnNode } from "./rollout.ts";

/** What of a node tells an operator that it is to change, by the end of its name. */
const parts = {
    "-lab-host": "machine",
    "-machine": "machine",
    "-files": "files",
    "-agent": "container",
} as const;

/** What the provider writes otherwise than it is declared: no sign of a change. */
const unlike = new Set(["networksAdvanced", "healthcheck", "volumes"]);

/** A change that stops before a node: which nodes stay as they are, and what is to change of them later. */
export class Pause {
    /** Names of the nodes that stay as they are, in the order in which they would change. */
    public readonly nodes: readonly string[];
    readonly #there: ReadonlySet<string>;
    readonly #seen = new Map<string, HeldResource[]>();

    constructor({ servers, clients = [], rollout = {} }: ConsulClusterArgs) {
        const all: readonly TurnNode[] = [...servers, ...clients];
        this.nodes = heldNodes(servers, clients, rollout);
        this.#there = new Set(
            all.filter((node) => isThere(node, rollout.existing)).map(({ name }) => name),
        );
    }

    /** The options by which a component of a node stays as it is; none where the node changes. */
    of(nodeName: string): Pick<pulumi.ComponentResourceOptions, "transformations"> {
        if (!this.nodes.includes(nodeName)) {
            return {};
        }
        const seen = this.#seen.get(nodeName) ?? [];
        this.#seen.set(nodeName, seen);
        return { transformations: [holdAll((one) => seen.push(one))] };
    }

    /** Whether anything stays as it is. */
    get isOn(): boolean {
        return this.nodes.length > 0;
    }

    /**
     * Tells the operator where the change stopped, and what of the nodes behind is to change once it goes on. Call it once all
     * nodes are declared.
     */
    announce(cluster: pulumi.Resource): void {
        const there = this.nodes.filter((name) => this.#there.has(name));
        if (there.length === 0) {
            return;
        }
        pulumi.all(there.map((name) => this.#pending(name))).apply((changes) => {
            const pending = changes.flat();
            const text = pauseText(this.nodes[0] ?? "", there, pending);
            return pending.length === 0
                ? pulumi.log.info(text, cluster)
                : pulumi.log.warn(text, cluster);
        });
    }

    #pending(nodeName: string): pulumi.Output<string[]> {
        const seen = (this.#seen.get(nodeName) ?? []).flatMap((one) => {
            const part = Object.entries(parts).find(([end]) => one.name.endsWith(end))?.[1];
            return part === undefined ? [] : [{ part, one }];
        });
        return pulumi.all(seen.map(({ one }) => pendingKeys(one))).apply((all) =>
            seen.flatMap(({ part }, index) => {
                const keys = (all[index] ?? []).filter((key) => !unlike.has(key));
                return keys.length === 0
                    ? []
                    : [`${nodeName}: ${part === "container" ? keys.join(", ") : part}`];
            }),
        );
    }
}

/** What an operator is told of a pause. */
export function pauseText(
    first: string,
    there: readonly string[],
    pending: readonly string[],
): string {
    const what =
        pending.length === 0
            ? "nothing of them is to change"
            : `to change later: ${[...new Set(pending)].join("; ")}`;
    return (
        `Paused before ${first} (rollout.pauseBefore): ${there.join(", ")} ` +
        `${there.length === 1 ? "stays as it is" : "stay as they are"}; ${what}. To go on, name a later node ` +
        "there, or leave it out, and run this again."
    );
}
