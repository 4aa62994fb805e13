import { join, resolve } from "node:path";

/** Where docker-machine and we keep what in one store. */
export type StoreLayout = ReturnType<typeof storeLayout>;

/** The layout of the store in a folder. Existing stores have these names on disk: none may change. */
export function storeLayout(store: string) {
    const root = resolve(store);
    return {
        /** The store itself, absolute: docker-machine writes this path into every machine's files. */
        root,
        /** The certificate authority and the client certificate that all machines of the store share. */
        certs: join(root, "certs"),
        /** Their successors, until they are complete. */
        newCerts: join(root, "certs-renewing"),
        /** Their predecessors, until the new ones are in place. */
        oldCerts: join(root, "certs-lapsing"),
        /** The reason of their last renewal. */
        renewal: join(root, "certs-renewed"),
        /** docker-machine's folder of machines. */
        machines: join(root, "machines"),
        /** Our own records: who made which machine, and how far that went. */
        records: join(root, "records"),
        /** Which machines each program that uses the store declares. */
        rosters: join(root, "rosters"),
        /** Which machines' servers are about to leave, to come back on new machines. */
        leaving: join(root, "leaving"),
        /** Which hosts have an agent that is adopted once they are machines. */
        adopting: join(root, "adopting"),
        /** The rights to ask each secured cluster whose machines are here. */
        access: join(root, "access"),
        /** Which machines were removed here, so that no state brings them back. */
        removed: join(root, "removed"),
        /** Which machines the state of an owner, `project/stack`, kept when it was seen here last. */
        seen: (owner: string) => join(root, "seen", rosterFileName(owner)),
        /** Machines that are laid down from the stack's state, until they are complete. */
        laying: join(root, "laying"),
        /** Present in a store that we made, which we may remove once it is empty. */
        marker: join(root, ".consul-machines"),
    } as const;
}

/** Name of the file of what one program declares in a store, for `project/stack/NAME`: its name of the store. */
export function rosterFileName(program: string): string {
    return `${encodeURIComponent(program)}.json`;
}
