import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { lock } from "proper-lockfile";
import type { MachineEndpoint } from "../protocol/machineEndpoint.ts";
import { DockerMachineCli, findBinary } from "../machine/dockerMachineCli.ts";
import { EngineApi } from "../docker/engineApi.ts";
import { generationOf, livingProblem } from "../machine/generations.ts";
import { wakeEngine } from "../machine/hostRepair.ts";
import { findAgain, notePlace } from "../machine/machineAddress.ts";
import { engineAnswers } from "../machine/machineEngine.ts";
import { readMachine } from "../machine/machineInspect.ts";
import {
    endLeftOver,
    readRecord,
    writeRecord,
    type MachineRecord,
} from "../machine/machineRecord.ts";
import { refuseEarlierData } from "../machine/earlierData.ts";
import { removeMachine } from "./machineDown.ts";
import { describeProcess } from "../system/processIdentity.ts";
import { describeError, progress, sleep } from "../system/progress.ts";
import { forgetFlowsOfOwn, provisionAgain } from "../machine/provisionAgain.ts";
import { isDisplaced } from "../machine/servedCertificate.ts";
import { untilSshAnswers } from "../machine/sshBanner.ts";
import type { MachineRequest } from "../protocol/requests.ts";
import { entries, machineFiles, storeLayout } from "../machine/storeLayout.ts";
import { Store } from "../machine/store.ts";

/**
 * Brings one machine up, whatever state it is found in: makes it, adopts a healthy one that this
 * stack made, repairs a stopped one, finds one that has another address, removes and remakes a
 * half-made one.
 *
 * @throws Error when a machine of that name was made by somebody else, or cannot be brought up.
 */
export async function machineUp(request: MachineRequest): Promise<MachineEndpoint> {
    const { store, machine, owner } = request;
    const layout = storeLayout(store);
    const cli = new DockerMachineCli(await findBinary(request.binary), layout.root);
    const record = await readRecord(store, machine);
    const exists = (await entries(layout.machines)).includes(machine);
    if (exists && record?.owner !== owner) {
        throw new Error(
            `${machine}: a machine of this name was made by ${record?.owner ?? "somebody else"}, ` +
                `not by ${owner}; it is left alone. Rename the node, or remove that machine with ` +
                `"docker-machine -s ${layout.root} rm ${machine}".`,
        );
    }
    await endLeftOver(record);
    if (record !== undefined && generationOf(record) !== generationOf(request)) {
        await giveUp(request, record, exists);
        await make(cli, request);
    } else if (exists && record?.state === "made") {
        await findAgain(cli, request);
        await provisionAgain(cli, request);
        await repair(cli, request);
    } else {
        if (exists || record !== undefined) {
            progress(`${machine} is half-made; making it anew`);
            if (exists && request.driver === "generic") {
                await wakeEngine(cli, machine);
            }
            await removeMachine(request, false);
        }
        await make(cli, request);
    }
    const endpoint = await describe(request);
    await notePlace(store, machine);
    return endpoint;
}

/**
 * Forgets the machine of another generation, which is lost: this one takes its place.
 *
 * @throws Error when it still answers. Its agent would have to leave first, which is for whoever
 *     replaces the machine that there is.
 */
async function giveUp(request: MachineRequest, record: MachineRecord, exists: boolean) {
    const { store, machine } = request;
    const before = generationOf(record);
    const lives = async () =>
        (await engineAnswers(store, machine, patience)) &&
        !(await isDisplaced(store, machine, patience));
    if (record.state === "made" && exists && (await lives())) {
        throw new Error(livingProblem(machine, before, generationOf(request)));
    }
    progress(`${machine}: its machine of generation ${before} is lost; making it anew`);
    await removeMachine({ ...request, generation: before }, false);
}

async function make(cli: DockerMachineCli, request: MachineRequest): Promise<void> {
    const { store, machine, owner, driver, flags, generation } = request;
    const made = { owner, ...(generation === undefined ? {} : { generation }) };
    await untilSshAnswers(driver, flags);
    await writeRecord(store, machine, { ...made, state: "making" });
    const create = () =>
        cli.call(["create", `--driver=${driver}`, ...flags, machine], {
            show: true,
            onStart: async (pid) => {
                const maker = await describeProcess(pid);
                await writeRecord(store, machine, { ...made, state: "making", maker });
            },
        });
    // VirtualBox processes race for host-only networks and addresses; one create at a time, also
    // among stacks.
    const { exitCode, tail } = await (driver === "virtualbox" ? alone(create) : create());
    if (exitCode !== 0) {
        throw new Error(createFailure(machine, driver, exitCode, tail));
    }
    if (request.hostRemains) {
        await refuseEarlierData(request);
    }
    const { provision } = request;
    const provisioned = provision === undefined ? {} : { provisioned: provision };
    await writeRecord(store, machine, { ...made, state: "made", ...provisioned });
}

async function alone<T>(work: () => Promise<T>): Promise<T> {
    const place = `${tmpdir()}/consul-machines-virtualbox`;
    const release = await lock(place, {
        realpath: false,
        retries: { retries: 1800, factor: 1, minTimeout: 1000 },
    });
    try {
        return await work();
    } finally {
        await release();
    }
}

function createFailure(machine: string, driver: string, exitCode: number, tail: readonly string[]) {
    const what =
        exitCode === 3
            ? `driver "${driver}" refused before it made anything; nothing is left`
            : "it may be half-made; the next `pulumi up` removes it and tries again";
    return `${machine}: docker-machine create ended with ${exitCode} (${what}):\n  ${tail.join("\n  ")}`;
}

/** Milliseconds that a machine's engine may take to answer. */
const patience = 3000;

/** Sees that a machine made before still answers, and helps it if it does not. */
async function repair(cli: DockerMachineCli, request: MachineRequest): Promise<void> {
    const { store, machine, driver } = request;
    const answers = () => engineAnswers(store, machine, patience);
    if (await answers()) {
        return;
    }
    const status = (await cli.call(["status", machine])).stdout.trim();
    if (status !== "Running") {
        progress(`${machine} is ${status === "" ? "in no known state" : status}; starting it`);
        await cli.call(["start", machine], { show: true });
        await findAgain(cli, request);
    }
    if (await within(30_000, answers)) {
        return;
    }
    // A new address, a lapsed certificate or a host made anew: all end in provisioning once more.
    progress(`${machine}: its engine does not answer to our certificate; provisioning it again`);
    if (driver === "generic") {
        await wakeEngine(cli, machine);
    }
    const { tail } = await cli.call(["regenerate-certs", "-f", machine], { show: true });
    if (!(await within(30_000, answers))) {
        throw new Error(
            `${machine}: its Docker Engine does not answer (machine status: ` +
                `${status === "" ? "unknown" : status}). Start the machine or make it reachable ` +
                "and run `pulumi up` again; or replace it with `pulumi up --replace` of its " +
                `Command. docker-machine said last:\n  ${tail.join("\n  ")}`,
        );
    }
    await forgetFlowsOfOwn(request);
}

async function within(milliseconds: number, check: () => Promise<boolean>): Promise<boolean> {
    const end = Date.now() + milliseconds;
    while (!(await check())) {
        if (Date.now() > end) {
            return false;
        }
        await sleep(500);
    }
    return true;
}

interface Version {
    readonly Version: string;
}

interface Network {
    readonly IPAM: { readonly Config: readonly { readonly Gateway?: string }[] | null };
    readonly Options: Readonly<Record<string, string>> | null;
}

async function describe({ store, machine }: MachineRequest): Promise<MachineEndpoint> {
    const { address, endpoint } = await readMachine(store, machine);
    const engine = await new Store(store).machine(machine).engine();
    try {
        const version = (await engine.ask("/version")) as Version;
        const bridge = (await engine.ask("/networks/bridge")) as Network;
        const files = machineFiles(store, machine);
        const [ca, cert, key] = await Promise.all([
            readFile(files.ca, "utf8"),
            readFile(files.cert, "utf8"),
            readFile(files.key, "utf8"),
        ]);
        const bridgeAddress = bridge.IPAM.Config?.[0]?.Gateway ?? "";
        return { address, endpoint, bridgeAddress, dockerVersion: version.Version, ca, cert, key };
    } catch (error) {
        throw new Error(`${machine}: ${endpoint}: ${describeError(error)}`, { cause: error });
    }
}
