import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { keepingFlags } from "../hosts/engineFlags.ts";
import type { FindingId } from "../hosts/facts/finding.ts";
import { adoptVariable, type HostPlan } from "../hosts/facts/hostPlan.ts";
import { describeFinding } from "../hosts/judge.ts";
import { findSsh, lookAtHosts, type HostReport } from "../hosts/lookAtHosts.ts";
import type { Machine } from "../machine/machine.ts";
import { hostOption } from "../machine/reached.ts";
import type { Adoption } from "../protocol/adoption.ts";
import { ownerLabel } from "../protocol/labels.ts";
import type { MachineRequest } from "../protocol/requests.ts";
import { sleep } from "../system/progress.ts";

/** Milliseconds for which a host that lets nobody in is asked again: another resource may have only just made it. */
const startingMs = 120_000;

/** Milliseconds between two tries. */
const pauseMs = 5000;

/** Findings about a session, which pass while a host starts. */
const passing: ReadonlySet<FindingId> = new Set(["ssh", "shell", "look"]);

/**
 * Looks at an existing host once more, at the moment when it is made a machine.
 *
 * @param adopted the agent there that a node is to take the place of. @default none is
 * @returns flags of `docker-machine create` by which the host's Docker stays as it is, and by which it is known whose
 *     machine it is. They are no part of the request: what a host has does not decide whether its machine is
 *     replaced. None where this computer has no `ssh`.
 * @throws Error where something foreign is on the host, or nobody gets in. Nothing was touched.
 */
export async function hostBefore(
    machine: Machine,
    request: MachineRequest,
    adopted?: Adoption,
): Promise<string[]> {
    const mark = `--engine-label=${ownerLabel}=${request.owner}`;
    const ssh = await findSsh();
    if (ssh === undefined) {
        return [mark];
    }
    const plan = { ...(await planOf(machine, request)), adopts: adopted?.container };
    const { facts, findings } = await lookUntilItAnswers(ssh, plan);
    // A machine alone, without a node on it, may have an address that its host does not know of.
    const refusals = findings.filter(({ id, kind }) => kind === "refused" && id !== "address");
    if (facts === undefined || refusals.length > 0) {
        const lines = refusals.map((one) => `\n  ${describeFinding(plan, one)}`);
        throw new Error(`${machine.name}: its host was left as it is:${lines.join("")}`);
    }
    return [...keepingFlags(facts, request.engine), mark];
}

async function lookUntilItAnswers(ssh: string, plan: HostPlan): Promise<HostReport> {
    const until = Date.now() + startingMs;
    for (;;) {
        const [report] = await lookAtHosts([plan], ssh);
        if (report === undefined) {
            throw new Error(`${plan.name}: nothing was looked at`);
        }
        const mayPass = report.findings.some(({ id }) => passing.has(id));
        if (!mayPass || Date.now() + pauseMs > until) {
            return report;
        }
        await sleep(pauseMs);
    }
}

/** What the request tells of the host. The rest has been looked at before the run. */
async function planOf(
    machine: Machine,
    {
        owner,
        flags,
        address: bound,
        engine,
    }: Pick<MachineRequest, "owner" | "flags" | "address" | "engine">,
): Promise<HostPlan> {
    const option = (name: string) => hostOption(flags, name);
    const number = (name: string) => {
        const text = option(name);
        return text === undefined ? undefined : Number(text);
    };
    const reached = option("ip-address") ?? "";
    const authority = await readFile(join(machine.layout.certs, "ca.pem"), "utf8").catch(
        () => undefined,
    );
    return {
        name: machine.name,
        machineName: machine.name,
        owner,
        address: bound ?? reached,
        ...(bound === undefined ? {} : { reachedAt: reached }),
        sshUser: option("ssh-user"),
        sshKey: option("ssh-key"),
        sshPort: number("ssh-port"),
        enginePort: number("engine-port"),
        ports: [],
        bridgePorts: [],
        containers: ["consul"],
        volumes: ["consul-data", "consul-config"],
        networks: [],
        authority,
        engine,
        adoptsData: process.env[adoptVariable] === "1",
    };
}
