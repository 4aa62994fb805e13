import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";

/** Where docker-machine and we keep what in one store. */
export interface StoreLayout {
    /** The store itself, absolute: docker-machine writes this path into every machine's record. */
    readonly root: string;
    /** The authority and the client certificate that all machines of the store share. */
    readonly certs: string;
    /** The same that are being made anew, until they are whole. */
    readonly renewing: string;
    /** The ones before, until the new ones are in their place. */
    readonly lapsing: string;
    /** For what they were made anew last. */
    readonly renewed: string;
    /** docker-machine's folder of machines. */
    readonly machines: string;
    /** Our own records: who made which machine, and how far that went. */
    readonly records: string;
    /** Which machines each program that uses the store declares. */
    readonly rosters: string;
    /** Which machines' servers are about to leave, to come back on new machines. */
    readonly leaving: string;
    /** Present in a store that we made, which we may remove once it is empty. */
    readonly marker: string;
}

/** Lays out a store. */
export function storeLayout(store: string): StoreLayout {
    const root = resolve(store);
    return {
        root,
        certs: join(root, "certs"),
        renewing: join(root, "certs-renewing"),
        lapsing: join(root, "certs-lapsing"),
        renewed: join(root, "certs-renewed"),
        machines: join(root, "machines"),
        records: join(root, "records"),
        rosters: join(root, "rosters"),
        leaving: join(root, "leaving"),
        marker: join(root, ".consul-machines"),
    };
}

/** The TLS files of one machine: copies that stay right for its engine whatever happens to the
 * store's own later. */
export function machineFiles(
    store: string,
    machine: string,
): { readonly ca: string; readonly cert: string; readonly key: string; readonly config: string } {
    const folder = join(storeLayout(store).machines, machine);
    return {
        ca: join(folder, "ca.pem"),
        cert: join(folder, "cert.pem"),
        key: join(folder, "key.pem"),
        config: join(folder, "config.json"),
    };
}

/** The entries of a folder, none if there is no such folder. */
export async function entries(folder: string): Promise<string[]> {
    try {
        return (await readdir(folder)).sort();
    } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") {
            return [];
        }
        throw error;
    }
}
