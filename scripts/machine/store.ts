import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { RosterRequest } from "../protocol/requests.ts";
import { entries, replaceFile } from "../system/files.ts";
import { parseJson } from "../system/json.ts";
import { DockerMachineCli } from "./dockerMachineCli.ts";
import { Machine, type MachineTls } from "./machine.ts";
import type { DeclaredPlace } from "./machinePlace.ts";
import { rosterFileName, storeLayout, type StoreLayout } from "./storeLayout.ts";

/** Which machines one program declares in a store. */
export type Roster = Pick<RosterRequest, "owner" | "name" | "machines">;

/** docker-machine's store on this computer, with what we keep beside it. */
export class Store {
    /** The store's folder as the settings name it. */
    readonly path: string;
    /** Where in it what is kept. */
    readonly layout: StoreLayout;

    constructor(path: string) {
        this.path = path;
        this.layout = storeLayout(path);
    }

    /**
     * One machine of the store, whether it exists or not.
     *
     * @param host where it is declared to be, if it is an existing host. @default where it was last
     */
    machine(name: string, host?: DeclaredPlace): Machine {
        return new Machine(this.layout, name, host);
    }

    /** docker-machine's names of the machines that exist. */
    machineNames(): Promise<string[]> {
        return entries(this.layout.machines);
    }

    /** docker-machine, bound to this store: see {@link DockerMachineCli.find}. */
    cli(binary?: string): Promise<DockerMachineCli> {
        return DockerMachineCli.find(binary, this.layout.root);
    }

    /**
     * The certificate of this computer for the store's machines, and the CA.
     *
     * @throws Error where one of the files is missing.
     */
    async clientTls(): Promise<MachineTls> {
        const read = (file: string) => readFile(join(this.layout.certs, file), "utf8");
        return {
            ca: await read("ca.pem"),
            cert: await read("cert.pem"),
            key: await read("key.pem"),
        };
    }

    /**
     * Records which machines a program declares. A node that is removed does not say whether it comes
     * back: only this tells a machine that is replaced from one that the cluster is to do without.
     */
    writeRoster(roster: Roster): Promise<void> {
        return replaceFile(this.#rosterFile(roster), JSON.stringify(roster.machines));
    }

    /** Removes the record of what a program declares. */
    removeRoster(roster: Pick<Roster, "owner" | "name">): Promise<void> {
        return rm(this.#rosterFile(roster), { force: true });
    }

    /** docker-machine's names of the machines that programs declare here, each program's in its order. */
    async declaredMachines(): Promise<string[]> {
        const { rosters } = this.layout;
        const files = (await entries(rosters)).filter((file) => file.endsWith(".json"));
        const lists = await Promise.all(
            files.map(async (file) => parseJson(await readFile(join(rosters, file), "utf8"))),
        );
        // A list that is torn or not ours names no machine.
        return lists.flatMap((list) =>
            Array.isArray(list) ? list.filter((name) => typeof name === "string") : [],
        );
    }

    #rosterFile({ owner, name }: Pick<Roster, "owner" | "name">): string {
        return join(this.layout.rosters, rosterFileName(`${owner}/${name}`));
    }
}
