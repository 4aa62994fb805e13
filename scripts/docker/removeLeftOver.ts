import type { EngineApi } from "./engineApi.ts";
import { ownerLabel } from "../protocol/labels.ts";

/** What the engine keeps by name. */
export type LeftOverKind = "containers" | "networks";

interface Labelled {
    readonly Labels?: Readonly<Record<string, string>> | null;
    readonly Config?: { readonly Labels?: Readonly<Record<string, string>> | null };
}

/**
 * Removes a container or network of this name if it carries the owner's label.
 *
 * @returns whether it was removed.
 */
export async function removeLeftOver(
    engine: EngineApi,
    kind: LeftOverKind,
    name: string,
    owner: string,
): Promise<boolean> {
    const path = `/${kind}/${encodeURIComponent(name)}`;
    const detail = kind === "containers" ? `${path}/json` : path;
    const found = (await engine.ask(detail)) as Labelled;
    const labels = found.Config?.Labels ?? found.Labels ?? {};
    if (labels[ownerLabel] !== owner) {
        return false;
    }
    const query = kind === "containers" ? "?force=true&v=true" : "";
    await engine.ask(path + query, { method: "DELETE", timeout: 60_000 });
    return true;
}
