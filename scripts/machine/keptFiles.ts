import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { storeMark, type KeptFiles } from "../protocol/keptStore.ts";
import { entries } from "../system/files.ts";
import { parseJson, property } from "../system/json.ts";
import type { Machine } from "./machine.ts";
import type { Store } from "./store.ts";
import { rosterFileName, type StoreLayout } from "./storeLayout.ts";

/** The files of a store's CA and of this computer's certificate of it. */
export const authorityFiles = ["ca.pem", "cert.pem", "key.pem", "ca-key.pem"];

/** Bytes of the largest file that is kept: keys, certificates and descriptions are a few thousand. A virtual disk
 * beside them stays where it is, as its machine does. */
const largest = 64 * 1024;

/** The paths in a store that are ever read from a state, or written from one. A machine's SSH key has the name that it
 * had where it came from. */
const allowed =
    /^(certs\/(ca|cert|key|ca-key)\.pem|certs-renewed|\.consul-machines|(rosters|records)\/[\w.%-]+\.json|lab-ssh\/[\w-]+(\.pub)?|machines\/[A-Za-z0-9][A-Za-z0-9.-]*\/(?!\.{1,2}$)[^/\0]+)$/;

/** Whether a value is what a state keeps of a store: no path in it leads out of the store. */
export function isKeptFiles(value: unknown): value is KeptFiles {
    return (
        typeof value === "object" &&
        value !== null &&
        Object.entries(value).every(
            ([path, text]) => allowed.test(path) && typeof text === "string",
        )
    );
}

/** What an answer of `store open` or `machine up` has for another computer: nothing in one that is older, or that the
 * state is not to keep. */
export function keptIn(answer: string | undefined): KeptFiles {
    const kept = property(parseJson(answer ?? ""), "kept");
    return isKeptFiles(kept) ? kept : {};
}

/**
 * What another computer needs of a store itself: its CA, this computer's certificate of it, what this program
 * declares there, and the key of its lab machines. Of a store that others share, the CA's own key stays where it is.
 *
 * @param programs names of what declares machines there, `project/stack/NAME`.
 */
export async function keptAuthority(
    { layout }: Pick<Store, "layout">,
    programs: readonly string[],
): Promise<KeptFiles> {
    const isOurs = (await entries(layout.root)).includes(basename(layout.marker));
    const certs = authorityFiles.filter((file) => isOurs || file !== "ca-key.pem");
    const paths = [
        ...certs.map((file) => `certs/${file}`),
        "certs-renewed",
        basename(layout.marker),
        ...programs.map((program) => `rosters/${rosterFileName(program)}`),
        ...(await entries(join(layout.root, "lab-ssh"))).map((file) => `lab-ssh/${file}`),
    ];
    const files = await readAll(layout, paths);
    // Without all of them it is no CA.
    return certs.every((file) => `certs/${file}` in files)
        ? files
        : Object.fromEntries(Object.entries(files).filter(([path]) => !path.startsWith("certs/")));
}

/** What another computer needs of a machine: its entry in the store, and our record. Nothing of one that is not made. */
export async function keptMachine(machine: Machine): Promise<KeptFiles> {
    const { layout, name } = machine;
    const record = await machine.record();
    if (record?.state !== "made" || !(await machine.exists())) {
        return {};
    }
    const paths = (await entries(machine.folder)).map((file) => `machines/${name}/${file}`);
    const files = await readAll(layout, paths);
    const config = files[configOf(name)];
    if (config === undefined) {
        return {};
    }
    // The process that made it is one of the computer that made it.
    const lasting = { ...record, maker: undefined };
    return {
        ...files,
        [configOf(name)]: markStore(config, layout.root),
        [recordOf(name)]: JSON.stringify(lasting),
    };
}

/** Path of docker-machine's description of a machine, in its store. */
export function configOf(machine: string): string {
    return `machines/${machine}/config.json`;
}

/** Path of a machine's engine's certificate, in its store: it tells one machine from another one of its name. */
export function servedOf(machine: string): string {
    return `machines/${machine}/server.pem`;
}

/** Path of our record of a machine, in its store. */
export function recordOf(machine: string): string {
    return `records/${machine}.json`;
}

/** The machines of which a state keeps an entry and a record. */
export function keptNames(files: KeptFiles): string[] {
    return Object.keys(files)
        .flatMap((path) => /^machines\/([^/]+)\/config\.json$/.exec(path)?.[1] ?? [])
        .filter((name) => recordOf(name) in files);
}

async function readAll({ root }: StoreLayout, paths: readonly string[]): Promise<KeptFiles> {
    const read = paths
        .filter((path) => allowed.test(path))
        .map(async (path) => {
            const bytes = await readFile(join(root, path)).catch(() => undefined);
            const text = bytes?.toString("utf8");
            return bytes === undefined || text === undefined || bytes.length > largest
                ? []
                : Buffer.from(text).equals(bytes)
                  ? [[path, text] as const]
                  : [];
        });
    return Object.fromEntries((await Promise.all(read)).flat());
}

/** The store's folder that docker-machine's description of a machine names; undefined where it names none. */
export function storeNamedIn(config: string): string | undefined {
    const named = property(property(parseJson(config), "Driver"), "StorePath");
    return typeof named === "string" && named !== "" ? named : undefined;
}

/** Puts the mark in place of the store's folder. As text: a description may have numbers that JavaScript's are too
 * small for. */
function markStore(config: string, root: string): string {
    const place = quoted(storeNamedIn(config) ?? root);
    return config
        .replaceAll(`"${place}"`, `"${storeMark}"`)
        .replaceAll(`"${place}/`, `"${storeMark}/`);
}

/** Puts a store's folder in place of the mark. */
export function placeStore(config: string, root: string): string {
    return config.replaceAll(new RegExp(`"${storeMark}(?=["/])`, "g"), () => `"${quoted(root)}`);
}

/** Has a description that names another folder of the store name this one. */
export function movedTo(config: string, root: string): string {
    return placeStore(markStore(config, root), root);
}

function quoted(text: string): string {
    return JSON.stringify(text).slice(1, -1);
}
