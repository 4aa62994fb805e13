import type { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { EngineApi } from "../docker/engineApi.ts";
import { DockerMachineCli, findBinary } from "./dockerMachineCli.ts";
import { readMachine, type InspectedMachine } from "./machineInspect.ts";
import { readRecord, removeRecord, writeRecord, type MachineRecord } from "./machineRecord.ts";
import { declaredMachines } from "./roster.ts";
import { AnotherAnswers, ownCertificate } from "./servedCertificate.ts";
import { entries, machineFiles, storeLayout, type StoreLayout } from "./storeLayout.ts";

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

    /** One machine of the store, be it there or not. */
    machine(name: string): Machine {
        return new Machine(this, name);
    }

    /** docker-machine's names of the machines that are there. */
    machineNames(): Promise<string[]> {
        return entries(this.layout.machines);
    }

    /** docker-machine's names of the machines that programs declare here, each program's in its order. */
    declaredMachines(): Promise<string[]> {
        return declaredMachines(this.path);
    }

    /**
     * docker-machine, bound to this store.
     *
     * @param binary a name on PATH or a path. @default the first one found
     * @throws Error naming what was looked for, where there is none.
     */
    async cli(binary?: string): Promise<DockerMachineCli> {
        return new DockerMachineCli(await findBinary(binary), this.layout.root);
    }
}

/** A client's TLS material for a machine's engine, PEM. */
export interface MachineTls {
    readonly ca: string;
    readonly cert: string;
    readonly key: string;
}

/** One machine of a store: what is recorded of it, and its Docker Engine. */
export class Machine {
    readonly store: Store;
    /** docker-machine's name of it. */
    readonly name: string;

    constructor(store: Store, name: string) {
        this.store = store;
        this.name = name;
    }

    /** Our record of it; undefined where there is none. */
    record(): Promise<MachineRecord | undefined> {
        return readRecord(this.store.path, this.name);
    }

    writeRecord(record: MachineRecord): Promise<void> {
        return writeRecord(this.store.path, this.name, record);
    }

    removeRecord(): Promise<void> {
        return removeRecord(this.store.path, this.name);
    }

    /** Whether docker-machine has an entry of it. */
    async exists(): Promise<boolean> {
        return (await this.store.machineNames()).includes(this.name);
    }

    /**
     * What is known of it without asking it.
     *
     * @throws Error where there is no such machine, or it has no address yet.
     */
    inspect(): Promise<InspectedMachine> {
        return readMachine(this.store.path, this.name);
    }

    /** @throws Error where one of its TLS files is missing. */
    async tls(): Promise<MachineTls> {
        const files = machineFiles(this.store.path, this.name);
        const [ca, cert, key] = await Promise.all([
            readFile(files.ca, "utf8"),
            readFile(files.cert, "utf8"),
            readFile(files.key, "utf8"),
        ]);
        return { ca, cert, key };
    }

    /**
     * Its Docker Engine, at the address that is known of it.
     *
     * @throws Error where there is no such machine, or its TLS files are not all there.
     */
    async engine(): Promise<EngineApi> {
        const { endpoint } = await this.inspect();
        const { hostname, port } = new URL(endpoint);
        return new EngineApi({ host: hostname, port: Number(port), tls: await this.tls() });
    }

    /** Whether its engine, and not another machine's, answers to the store's certificates. */
    async engineAnswers(timeoutMs: number): Promise<boolean> {
        try {
            await this.certificate(timeoutMs);
            await (await this.engine()).text("/_ping", { timeout: timeoutMs });
            return true;
        } catch {
            return false;
        }
    }

    /**
     * The certificate that its engine serves at the address that is known of it, be it for that address or
     * not.
     *
     * @throws AnotherAnswers where another machine of the store answers there; Error where none does, or one
     *     of another CA.
     */
    certificate(timeoutMs: number): Promise<X509Certificate> {
        return ownCertificate(this.store.path, this.name, timeoutMs);
    }

    /** Whether another machine of the store answers at its address. */
    async isDisplaced(timeoutMs: number): Promise<boolean> {
        return this.certificate(timeoutMs).then(
            () => false,
            (error: unknown) => error instanceof AnotherAnswers,
        );
    }

    /**
     * Whether it has another address than its certificate is for. Nothing that this stack runs on it is up
     * then: its ports are bound to the address before.
     */
    async hasMoved(timeoutMs: number): Promise<boolean> {
        try {
            const { address } = await this.inspect();
            return (await this.certificate(timeoutMs)).checkIP(address) === undefined;
        } catch {
            return false;
        }
    }
}
