import {
    declaredHosts,
    declaredMachines,
    StackMachines,
} from "../../program/preflight/stackMachines.ts";
import { hostPlans, look } from "../../program/preflight/newHosts.ts";
import { readSettings, type ReadSettings } from "../../program/settings/settings.ts";
import { hostTitle } from "../../scripts/hosts/facts/hostPlan.ts";
import type { HostFacts } from "../../scripts/hosts/facts/hostFacts.ts";
import type { HostReport } from "../../scripts/hosts/lookAtHosts.ts";
import { dockerArchitecture } from "../../scripts/hosts/rules/system.ts";
import { exitCodes } from "../show/exitCodes.ts";
import { TaskFailure } from "../show/task.ts";
import { declaredSettings, textsOf } from "../stack/declaredSettings.ts";
import type { DeclaredSettings, ProgramPlace } from "../stack/stackSettings.ts";
import type { HostsAnswer } from "../verbs/answers.ts";

/** What the hosts of a stack's settings are, for programs and for people. */
export interface LookedAtHosts {
    readonly answer: HostsAnswer;
    readonly text: string;
}

/**
 * Looks at the hosts that the settings of one of this clone's stacks name and that are no machines yet. It needs neither
 * Pulumi's CLI nor a stack: the settings' file alone.
 *
 * @param place where the stack's settings are.
 * @throws TaskFailure where the settings are wrong, or this computer has no `ssh`.
 */
export async function lookAtStackHosts(place: ProgramPlace): Promise<LookedAtHosts> {
    const { stackName: stack } = place;
    const declared = settingsOf(place);
    const { project } = declared;
    const read = readSettings(textsOf(declared), { project: project.name, stack });
    const { settings, problems } = read;
    if (settings === undefined) {
        const lines = problems.map((line) => `\n  ${line}`).join("");
        throw new TaskFailure(`The settings of the stack ${stack} are wrong:${lines}`);
    }
    const { machineStore: store, dockerMachine } = settings;
    const machinesOf = declaredMachines(settings.nodes);
    const hosts = declaredHosts(machinesOf);
    const names = { project: project.name, stack };
    const machines = new StackMachines({ ...names, store, dockerMachine, hosts });
    const plans = await hostPlans(settings, machinesOf, machines);
    const reports = plans.length === 0 ? [] : await look(plans, settings);
    if (reports === undefined) {
        throw new TaskFailure(
            "There is no `ssh` on PATH, by which hosts are looked at. Install it.",
        );
    }
    return { answer: answerOf(stack, reports), text: textOf(stack, settings, reports) };
}

function settingsOf(place: ProgramPlace): DeclaredSettings {
    try {
        return declaredSettings(place);
    } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") {
            const rule = "it has the settings of the stack whose hosts are looked at";
            throw new TaskFailure(
                `Pulumi.${place.stackName}.yaml: there is no such file; ${rule}`,
                exitCodes.missing,
            );
        }
        throw error;
    }
}

function answerOf(stack: string, reports: readonly HostReport[]): HostsAnswer {
    const isRefused = ({ findings }: HostReport) => findings.some(({ kind }) => kind === "refused");
    return {
        stack,
        isWell: !reports.some(isRefused),
        hosts: reports.map(({ plan, facts, findings }) => ({
            node: plan.name,
            address: plan.address,
            os: facts?.os.PRETTY_NAME ?? null,
            architecture: facts?.machine === undefined ? null : dockerArchitecture(facts.machine),
            docker: facts?.docker.engine?.version ?? null,
            storageDriver: facts?.docker.engine?.storageDriver ?? null,
            findings: findings.map(({ id, kind, seen, advice }) => {
                return { id, kind, seen, advice, page: `docs/hosts.md#${id}` };
            }),
        })),
    };
}

function textOf(
    stack: string,
    { nodes }: NonNullable<ReadSettings["settings"]>,
    reports: readonly HostReport[],
): string {
    if (reports.length === 0) {
        const names = declaredMachines(nodes).map(({ name }) => name);
        return (
            `No host of the stack ${stack} is to be made a machine (nodes: ${names.join(", ")}). They are machines of it ` +
            "already, or their driver makes them."
        );
    }
    return ["The hosts:", ...reports.flatMap(linesOf)].join("\n");
}

function linesOf({ plan, facts, findings }: HostReport): string[] {
    const refusals = findings.filter(({ kind }) => kind === "refused");
    const others = findings.filter(({ kind }) => kind === "said");
    const title = hostTitle(plan);
    return [
        ...(refusals.length === 0 ? [`  ok    ${title}: ${describe(facts)}`] : []),
        ...refusals.flatMap(({ id, seen, advice }) => [
            `  FAIL  ${title}: ${seen}`,
            `        ${advice}`,
            `        (docs/hosts.md#${id})`,
        ]),
        ...others.map(({ seen, advice }) => `  will  ${title}: ${seen}; ${advice}`),
    ];
}

/** What a host is, in a line: `Debian GNU/Linux 12 (bookworm), amd64, Docker 28.5.2 (overlay2)`. */
function describe(facts: HostFacts | undefined): string {
    const { os, machine, docker } = facts ?? {};
    const engine = docker?.engine;
    return [
        os?.PRETTY_NAME ?? "a host",
        ...(machine === undefined ? [] : [dockerArchitecture(machine)]),
        engine === undefined ? "no Docker" : `Docker ${engine.version} (${engine.storageDriver})`,
    ].join(", ");
}
