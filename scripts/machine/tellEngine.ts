import { isDeepStrictEqual } from "node:util";
import { configKeysOf } from "../hosts/engineFlags.ts";
import { collidingKeys } from "../hosts/facts/daemonFlags.ts";
import { markIn, type EngineOptions } from "../protocol/engineOptions.ts";
import { describeError, progress } from "../system/progress.ts";
import { waitUntil } from "../system/waitFor.ts";
import type { DockerMachineCli } from "./dockerMachineCli.ts";
import { daemonFlagsOf, withEngineOptions } from "./engineOptions.ts";
import type { Machine } from "./machine.ts";
import { regenerate, startEngine } from "./repair.ts";

/** How long an engine may take to come back. */
const answerLimit = { limit: 60_000, interval: 500 };

/** Where a daemon's own configuration is. */
const configFile = "/etc/docker/daemon.json";

/**
 * Has docker-machine tell a machine's engine this, the next time that it is provisioned.
 *
 * @param options undefined for nothing of ours.
 */
export async function noteEngine(
    machine: Machine,
    options: EngineOptions | undefined,
): Promise<void> {
    const record = await machine.record();
    const before = record?.engine;
    // What it was made with, it keeps.
    const now = options && { ...options, making: before?.making };
    if (record === undefined || isDeepStrictEqual(withMaking(before), withMaking(now))) {
        return;
    }
    await machine.redescribe((config) => withEngineOptions(config, before, now));
    await machine.writeRecord({ ...record, engine: now, engineBefore: before });
}

function withMaking(options: EngineOptions | undefined): EngineOptions | undefined {
    return options && { ...options, making: options.making };
}

/** Digest of what a machine's engine was told last, by its own account; undefined for nothing. */
export async function toldEngine(machine: Machine): Promise<string | undefined> {
    const engine = await machine.engine();
    const { Labels } = await engine.ask<{ readonly Labels: readonly string[] | null }>("/info");
    return markIn(Labels ?? []);
}

/**
 * Why a machine's daemon would not start with these options, by its own account; undefined where it would. Its engine goes on
 * meanwhile. A daemon before Docker 23 does not judge them by itself: it is asked which flags it has, and what its
 * configuration file sets.
 */
export async function engineProblem(
    cli: DockerMachineCli,
    { name }: Pick<Machine, "name">,
    options: EngineOptions,
): Promise<string | undefined> {
    const flags = daemonFlagsOf(options);
    const ask = async (command: string) =>
        (await cli.call(["ssh", name, `${command} 2>&1; true`])).stdout;
    const said = await ask(`sudo dockerd --validate ${flags.join(" ")}`);
    if (/configuration OK/i.test(said)) {
        return undefined;
    }
    if (!said.includes("unknown flag: --validate")) {
        return said.trim().split("\n").at(-1) ?? "it says nothing";
    }
    const help = await ask("sudo dockerd --help");
    const unknown = flags
        .map((flag) => flag.replace(/=.*$/, ""))
        .find((flag) => help.includes("--host") && !new RegExp(`${flag}[ =]`).test(help));
    if (unknown !== undefined) {
        return `unknown flag: ${unknown}`;
    }
    const config = await ask(`sudo cat ${configFile}`);
    const [key] = collidingKeys(config, new Set(configKeysOf(options))) ?? [];
    return key === undefined
        ? undefined
        : `${configFile} sets "${key}" as well, and a daemon does not start with both: take it out of that file`;
}

/**
 * Restarts a machine's engine with these options. Where that fails, it is started once more with those of before.
 *
 * @throws Error with what docker-machine printed last, and what its engine runs with now.
 */
export async function restartWith(
    cli: DockerMachineCli,
    machine: Machine,
    options: EngineOptions | undefined,
): Promise<void> {
    await noteEngine(machine, options);
    const { exitCode, tail } = await regenerate(cli, machine);
    const answers = () => machine.engineAnswers();
    if (exitCode === 0 && (await waitUntil(answers, answerLimit))) {
        if ((await toldEngine(machine)) === markIn(options?.labels ?? [])) {
            return;
        }
        throw new Error(
            "it was restarted, and does not have them: its unit is not the one that docker-machine writes",
        );
    }
    progress(`${machine.name}: its engine does not start with that; it gets back what it had`);
    const before = (await machine.record())?.engineBefore;
    await noteEngine(machine, before);
    await startEngine(cli, machine);
    await regenerate(cli, machine);
    const isBack = await waitUntil(answers, answerLimit);
    const state = isBack
        ? "It runs with the settings of before"
        : "It does not answer any more: see `sudo journalctl -u docker -n 20` there";
    throw new Error(`docker-machine ended with ${exitCode}:\n  ${tail.join("\n  ")}\n${state}.`);
}

/** A failure to tell an engine something, in one line. */
export function toldNot(name: string, error: unknown): Error {
    return new Error(
        `${name}: the settings of its engine could not be changed: ${describeError(error)}`,
        { cause: error },
    );
}
