import { tmpdir } from "node:os";
import type { DockerVersion, NetworkInspectInfo } from "dockerode";
import { lock } from "proper-lockfile";
import { ownedVolumes } from "../docker/ownedObjects.ts";
import { adoptVariable } from "../hosts/facts/hostPlan.ts";
import { forgetAdopting, readAdopting } from "../machine/adoptingHosts.ts";
import type { DockerMachineCli } from "../machine/dockerMachineCli.ts";
import { createFlags } from "../machine/engineOptions.ts";
import { keptIn, keptMachine } from "../machine/keptFiles.ts";
import { layStarter, starterUnit } from "../machine/lateAddress.ts";
import { layStore } from "../machine/layStore.ts";
import { Machine } from "../machine/machine.ts";
import {
    endLeftOver,
    generationOf,
    livingProblem,
    type MachineRecord,
} from "../machine/machineRecord.ts";
import { forgetRemoval } from "../machine/removedMachines.ts";
import { followHost, ownReach } from "../machine/followHost.ts";
import { removeEntry, removeMachine } from "../machine/removeMachine.ts";
import { findAgain, provisionAgain, repair, startEngine } from "../machine/repair.ts";
import { untilSshAnswers } from "../machine/sshBanner.ts";
import { Store } from "../machine/store.ts";
import { noteEngine } from "../machine/tellEngine.ts";
import type { EngineOptions } from "../protocol/engineOptions.ts";
import type { MachineEndpoint, MadeMachine } from "../protocol/machineEndpoint.ts";
import type { MachineRequest } from "../protocol/requests.ts";
import { describeProcess } from "../system/processIdentity.ts";
import { describeError, progress } from "../system/progress.ts";
import { takeInTurn } from "./adoptedHost.ts";
import { hostBefore } from "./hostBefore.ts";

/**
 * Brings one machine up, whatever state it is found in: makes it, adopts a healthy one that this
 * stack made, repairs a stopped one, finds one that has another address, removes and recreates a
 * half-made one. One that another computer made is known from the state.
 *
 * @param before the answer of before, where Pulumi hands it on.
 * @throws Error when a machine of that name was made by another owner, or cannot be brought up.
 */
export async function machineUp(
    request: MachineRequest,
    before = process.env.PULUMI_COMMAND_STDOUT,
): Promise<MadeMachine> {
    await layStore(new Store(request.store), keptIn(before));
    const machine = Machine.of(request);
    // Whatever becomes of it: the adoption of others waits until no host is being made a machine.
    return bringUp(machine, request).finally(() => forgetAdopting(machine));
}

async function bringUp(machine: Machine, request: MachineRequest): Promise<MadeMachine> {
    const { name, layout } = machine;
    const cli = await machine.cli(request.binary);
    const record = await machine.record();
    const exists = await machine.exists();
    if (exists && record?.owner !== request.owner) {
        throw new Error(
            `${name}: a machine of this name was made by ${record?.owner ?? "somebody else"}, ` +
                `not by ${request.owner}; it is left alone. Rename the node, or remove that machine ` +
                `with "docker-machine -s ${layout.root} rm ${name}".`,
        );
    }
    await endLeftOver(record);
    if (record !== undefined && generationOf(record) !== generationOf(request)) {
        await abandon(machine, request, record);
        await make(cli, machine, request);
    } else if (exists && record?.state === "made") {
        const moved = await followHost(machine, request);
        await findAgain(cli, machine, request.driver);
        // Whatever provisions it next writes this into its engine's unit.
        await noteEngine(machine, request.engine);
        await provisionAgain(cli, machine, { ...request, provision: request.provision ?? moved });
        await repair(cli, machine, request);
    } else {
        if (exists || record !== undefined) {
            progress(`${name} is half-made; recreating it`);
            if (exists && request.driver === "generic") {
                await startEngine(cli, machine);
            }
            await removeMachine(request, false);
        }
        await make(cli, machine, request);
    }
    const described = await describe(machine, request.address);
    const reachAddress = await ownReach(cli, machine, request);
    const endpoint = reachAddress === undefined ? described : { ...described, reachAddress };
    await machine.notePlace();
    const { inState = true } = request;
    return inState ? { ...endpoint, kept: await keptMachine(machine) } : endpoint;
}

/**
 * Removes the entry of a lost machine of another generation: a new one takes its place.
 *
 * @throws Error when it still answers. Its agent would have to leave first, which is for whoever
 *     replaces a machine that works.
 */
async function abandon(machine: Machine, request: MachineRequest, record: MachineRecord) {
    const before = generationOf(record);
    const isMade = record.state === "made" && (await machine.exists());
    if (isMade && (await machine.engineAnswers())) {
        throw new Error(livingProblem(machine.name, before, generationOf(request)));
    }
    progress(`${machine.name}: its machine of generation ${before} is lost; recreating it`);
    await removeMachine({ ...request, generation: before }, false);
}

async function make(
    cli: DockerMachineCli,
    machine: Machine,
    request: MachineRequest,
): Promise<void> {
    const { owner, driver, flags, generation, provision, engine } = request;
    await untilSshAnswers(driver, flags);
    const isTakenOver = request.hostRemains && driver === "generic";
    const adopted = isTakenOver ? await readAdopting(machine) : undefined;
    const ofHost = isTakenOver ? await hostBefore(machine, request, adopted) : [];
    const record = { owner, generation, state: "making" } as const;
    await forgetRemoval(new Store(request.store), machine.name);
    await machine.writeRecord(record);
    // What a host has is in front: of two values of one flag the daemon takes the last.
    const ofEngine = engine === undefined ? [] : statedFlags(engine, ofHost);
    const create = () =>
        cli.call(["create", `--driver=${driver}`, ...flags, ...ofHost, ...ofEngine, machine.name], {
            show: true,
            onStart: async (pid) => {
                await machine.writeRecord({ ...record, maker: await describeProcess(pid) });
            },
        });
    // VirtualBox processes race for host-only networks and addresses; one create at a time, also
    // among stacks.
    const makeOne = () => (driver === "virtualbox" ? alone(create) : create());
    const { exitCode, tail } = await (adopted === undefined
        ? makeOne()
        : takeInTurn(machine, adopted, makeOne));
    if (exitCode !== 0) {
        const what =
            exitCode === 3
                ? `driver "${driver}" refused before it made anything; nothing is left`
                : "it may be half-made; the next `pulumi up` removes it and tries again";
        if (exitCode !== 3 && isTakenOver) {
            // What runs there besides is not to wait for the next run.
            await startEngine(cli, machine);
        }
        const end = `docker-machine create ended with ${exitCode} (${what})`;
        throw new Error(`${machine.name}: ${end}:\n  ${tail.join("\n  ")}`);
    }
    if (request.hostRemains) {
        await refuseEarlierData(machine, request);
    }
    const { address } = request;
    const made = { owner, generation, state: "made", provisioned: provision, engine } as const;
    await machine.writeRecord({ ...made, address });
    if (isTakenOver) {
        await expectLateAddress(cli, machine);
    }
}

/** The flags of what is stated of an engine, without those that its host has already. */
function statedFlags(engine: EngineOptions, ofHost: readonly string[]): string[] {
    const hasDriver = ofHost.some((flag) => flag.startsWith("--engine-storage-driver="));
    return createFlags(engine).filter(
        (flag) =>
            !ofHost.includes(flag) && !(hasDriver && flag.startsWith("--engine-storage-driver=")),
    );
}

/** A host's network is its owner's affair, and may come after Docker. Without this its agent has to be started then. */
async function expectLateAddress(cli: DockerMachineCli, machine: Machine): Promise<void> {
    try {
        await layStarter(cli, machine);
    } catch (error) {
        progress(
            `${machine.name}: the unit ${starterUnit}, which starts its agent where its address comes after Docker, ` +
                `could not be laid down: ${describeError(error)}`,
        );
    }
}

/**
 * Refuses a new machine on a host that still has data of this stack's: its machine was removed while
 * it did not respond, or the stack's state was lost. A server that came back with them would be taken
 * for an up-to-date one, and could put an earlier cluster's contents in place of this one's.
 *
 * @throws Error naming what is there; the machine's entry is removed again, the host left as it was found.
 */
async function refuseEarlierData(machine: Machine, { owner, binary }: MachineRequest) {
    const volumes = await ownedVolumes(await machine.engine(), owner);
    if (volumes.length === 0 || process.env[adoptVariable] === "1") {
        return;
    }
    await removeEntry(machine, binary);
    await machine.removeRecord();
    const names = volumes.join(" ");
    throw new Error(
        `${machine.name}: its host still has data of ${owner} from an earlier machine: ${names}. A ` +
            "server that comes back with them could put an earlier cluster's contents in place of " +
            "this one's, so nothing was started. If they are not needed, remove them there, `docker " +
            `rm --force consul; docker volume rm ${names}\`, and run \`pulumi up\` again. If this ` +
            "stack's state was lost, and all its hosts have the data of one cluster, run it with " +
            `${adoptVariable}=1.`,
    );
}

async function alone<T>(work: () => Promise<T>): Promise<T> {
    const place = `${tmpdir()}/consul-machines-virtualbox`;
    const release = await lock(place, {
        realpath: false,
        retries: { retries: 1800, factor: 1, minTimeout: 1000 },
    });
    return work().finally(release);
}

/** @param bound the address of its node, where that is not the one at which this computer reaches it. */
async function describe(machine: Machine, bound: string | undefined): Promise<MachineEndpoint> {
    const { address: reached, endpoint } = await machine.inspect();
    const address = bound ?? reached;
    const engine = await machine.engine();
    try {
        const { Version } = await engine.ask<DockerVersion>("/version");
        const { IPAM } = await engine.ask<NetworkInspectInfo>("/networks/bridge");
        const bridgeAddress = IPAM?.Config?.[0]?.Gateway ?? "";
        const tls = await machine.tls();
        return { address, endpoint, bridgeAddress, dockerVersion: Version, ...tls };
    } catch (error) {
        throw new Error(`${machine.name}: ${endpoint}: ${describeError(error)}`, { cause: error });
    }
}
