import type { HostFacts } from "../facts/hostFacts.ts";
import type { HostPlan } from "../facts/hostPlan.ts";

/** What a rule judges: a host's facts, what is planned for it, and what this computer saw. */
export interface Looked {
    readonly plan: HostPlan;
    readonly facts: HostFacts;
    /** When it was asked for its clock, in milliseconds since 1970: not before, and not after. */
    readonly asked: { readonly from: number; readonly to: number };
    /** What the engine's port does with a connection from this computer. */
    readonly enginePort: "open" | "refused" | "silent" | "unreachable";
    /** What `docker-machine --version` prints. @default not known */
    readonly dockerMachine?: string | undefined;
}

/** Names of things in a message: `"a", "b" and "c"`. */
export function listed(names: readonly string[], most = 6): string {
    const shown = names.slice(0, most).map((name) => `"${name}"`);
    const more = names.length - shown.length;
    const all = more > 0 ? [...shown, `${more} more`] : shown;
    const last = all.at(-1) ?? "";
    return all.length < 2 ? last : `${all.slice(0, -1).join(", ")} and ${last}`;
}
