import { X509Certificate } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { containerLog } from "../docker/container.ts";
import { EngineApi } from "../docker/engineApi.ts";
import type { MachineEndpoint } from "../protocol/machineEndpoint.ts";
import { entries, replaceFile } from "../system/files.ts";
import { parseJson, property } from "../system/json.ts";
import { describeError } from "../system/progress.ts";
import { waitUntil } from "../system/waitFor.ts";
import { AnotherAnswers, holderOf, isFor, servedCertificate } from "./certificates.ts";
import { DockerMachineCli } from "./dockerMachineCli.ts";
import { placeIn, type DeclaredPlace, type InspectedMachine } from "./machinePlace.ts";
import { isRecord, type MachineRecord } from "./machineRecord.ts";
import { storeLayout, type StoreLayout } from "./storeLayout.ts";

/** Milliseconds that a machine's engine may take to answer, where nothing else is said. */
const defaultTimeoutMs = 3000;

/** A client's TLS material for a machine's engine, PEM. */
export type MachineTls = Pick<MachineEndpoint, "ca" | "cert" | "key">;

/** One machine of a store, whether it exists or not: what is recorded of it, and its Docker Engine. */
export class Machine {
    /** Where its store keeps what. */
    readonly layout: StoreLayout;
    /** docker-machine's name of it. */
    readonly name: string;
    readonly #host: DeclaredPlace | undefined;

    /** @param host where it is declared to be, if it is an existing host. @default where it was last */
    constructor(layout: StoreLayout, name: string, host?: DeclaredPlace) {
        this.layout = layout;
        this.name = name;
        this.#host = host;
    }

    /** The machine that a request names. */
    static of({ store, machine }: { readonly store: string; readonly machine: string }): Machine {
        return new Machine(storeLayout(store), machine);
    }

    /** docker-machine's folder of it. */
    get folder(): string {
        return join(this.layout.machines, this.name);
    }

    /** Its files: docker-machine's description, its engine's certificate, and copies of the TLS material that fit its
     * engine even after the store's own were renewed. */
    get files(): Readonly<Record<"ca" | "cert" | "key" | "serverCert" | "config", string>> {
        const file = (name: string) => join(this.folder, name);
        return {
            ca: file("ca.pem"),
            cert: file("cert.pem"),
            key: file("key.pem"),
            serverCert: file("server.pem"),
            config: file("config.json"),
        };
    }

    /** Whether docker-machine has an entry of it. */
    async exists(): Promise<boolean> {
        return (await entries(this.layout.machines)).includes(this.name);
    }

    /** Whether it is still to be made, or being made: nothing of ours runs on it. */
    async isToCome(): Promise<boolean> {
        const record = await this.record();
        return record === undefined ? !(await this.exists()) : record.state === "making";
    }

    /** docker-machine, bound to its store: see {@link DockerMachineCli.find}. */
    cli(binary?: string): Promise<DockerMachineCli> {
        return DockerMachineCli.find(binary, this.layout.root);
    }

    get #recordFile(): string {
        return join(this.layout.records, `${this.name}.json`);
    }

    /**
     * Our record of it; undefined where there is none.
     *
     * @throws Error where the file is not a record of ours.
     */
    async record(): Promise<MachineRecord | undefined> {
        const text = await readFile(this.#recordFile, "utf8").catch(() => undefined);
        if (text === undefined) {
            return undefined;
        }
        const record = parseJson(text);
        if (!isRecord(record)) {
            throw new Error(
                `${this.#recordFile}: not a record of ours; remove the file. If ` +
                    `"docker-machine -s ${this.layout.root} ls" lists ${this.name}, remove that ` +
                    "with its `rm` as well.",
            );
        }
        return record;
    }

    writeRecord(record: MachineRecord): Promise<void> {
        return replaceFile(this.#recordFile, JSON.stringify(record));
    }

    removeRecord(): Promise<void> {
        return rm(this.#recordFile, { force: true });
    }

    /**
     * What is known of it without asking it. From its file rather than from `docker-machine inspect`:
     * some forks mix other lines into that answer.
     *
     * @throws Error where there is no such machine, or it has no address yet.
     */
    async inspect(): Promise<InspectedMachine> {
        const place = placeIn(await this.#readConfig(), await this.record(), this.#host);
        if (place === undefined) {
            throw new Error(`${this.name}: docker-machine knows no address of it.`);
        }
        return place;
    }

    /** Whether docker-machine only connects to its host, which is there without it. */
    async connectsOnly(): Promise<boolean> {
        const config = parseJson(await this.#readConfig().catch(() => ""));
        return property(config, "DriverName") === "generic";
    }

    /** Changes docker-machine's description of it. */
    async redescribe(change: (config: string) => string): Promise<void> {
        await replaceFile(this.files.config, change(await this.#readConfig()), 0o600);
    }

    /** docker-machine replaces the file by removing and renaming: it may be absent for a moment. */
    async #readConfig(): Promise<string> {
        const read = () => readFile(this.files.config, "utf8");
        let text = "";
        const isRead = await waitUntil(
            async () => {
                text = await read();
                return true;
            },
            { limit: 200, interval: 50 },
        );
        return isRead ? text : read();
    }

    /** Records where it is: at this address, or where it is known to be. */
    async notePlace(found?: string): Promise<void> {
        const record = await this.record();
        const { address, recorded } = await this.inspect();
        if (record !== undefined) {
            await this.writeRecord({ ...record, place: { address: found ?? address, recorded } });
        }
    }

    /** @throws Error where one of its TLS files is missing. */
    async tls(): Promise<MachineTls> {
        const read = (file: string) => readFile(file, "utf8");
        const { ca, cert, key } = this.files;
        return { ca: await read(ca), cert: await read(cert), key: await read(key) };
    }

    /**
     * Its Docker Engine, at the address that is known of it.
     *
     * @throws Error where there is no such machine, or its TLS files are incomplete.
     */
    async engine(): Promise<EngineApi> {
        const { endpoint } = await this.inspect();
        const { hostname, port } = new URL(endpoint);
        return new EngineApi({ host: hostname, port: Number(port), tls: await this.tls() });
    }

    /** Whether its engine, and not another machine's, answers to the store's certificates. */
    async engineAnswers(timeoutMs = defaultTimeoutMs): Promise<boolean> {
        try {
            await this.certificate(timeoutMs);
            await (await this.engine()).text("/_ping", { timeout: timeoutMs });
            return true;
        } catch {
            return false;
        }
    }

    /** The last lines of a container's log; one line saying why not, where it cannot be read. */
    async containerLog(container: string, lines = 15): Promise<string[]> {
        try {
            return await containerLog(await this.engine(), container, lines);
        } catch (error) {
            return [`(not available: ${describeError(error)})`];
        }
    }

    /**
     * The certificate that its engine serves at the address that is known of it, whether it is for that
     * address or not.
     *
     * @throws AnotherAnswers where another machine of the store answers there; Error where none does, or one
     *     of another CA.
     */
    async certificate(timeoutMs = defaultTimeoutMs): Promise<X509Certificate> {
        const { endpoint, address } = await this.inspect();
        const { ca, cert, key } = await this.tls();
        const port = Number(new URL(endpoint).port);
        const served = await servedCertificate({ host: address, port, cert, key }, timeoutMs);
        if (!served.verify(new X509Certificate(ca).publicKey)) {
            throw new Error("an engine of another CA answers there");
        }
        const holder = await holderOf(served, this.layout.machines, this.name);
        if (holder !== this.name) {
            throw new AnotherAnswers(holder);
        }
        return served;
    }

    /** Whether another machine of the store answers at its address. */
    async isDisplaced(timeoutMs = defaultTimeoutMs): Promise<boolean> {
        return this.certificate(timeoutMs).then(
            () => false,
            (error: unknown) => error instanceof AnotherAnswers,
        );
    }

    /**
     * Whether it has another address than its certificate is for. Nothing that this stack runs on it is up
     * then: its ports are bound to the address before.
     */
    async hasMoved(timeoutMs = defaultTimeoutMs): Promise<boolean> {
        try {
            const { address } = await this.inspect();
            return !isFor(await this.certificate(timeoutMs), address);
        } catch {
            return false;
        }
    }
}
