import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { findProgram } from "../system/process.ts";
import { sleep } from "../system/progress.ts";
import type { Finding } from "./facts/finding.ts";
import type { HostFacts } from "./facts/hostFacts.ts";
import { defaultEnginePort, type HostPlan } from "./facts/hostPlan.ts";
import { readFacts } from "./facts/readFacts.ts";
import { judge, sameHosts } from "./judge.ts";
import type { Looked } from "./rules/context.ts";
import { mayPass, sessionFinding } from "./ssh/sshFailure.ts";
import { userConfigHints } from "./ssh/userConfig.ts";
import { sshSession, type Session } from "./ssh/sshSession.ts";

/** What a look at one host found. */
export interface HostReport {
    readonly plan: HostPlan;
    /** Undefined where nobody got in. */
    readonly facts: HostFacts | undefined;
    readonly findings: readonly Finding[];
}

/** How hosts are looked at. */
export interface LookOptions {
    /** Milliseconds for all hosts together. @default 13 seconds: a preview has 15 */
    readonly timeoutMs?: number;
    /** Milliseconds for which a host may still be starting: its SSH server refuses meanwhile. @default 5 seconds */
    readonly startingMs?: number;
    /** What `docker-machine --version` prints. @default not known: systems that some fork knows are fine */
    readonly dockerMachine?: string | undefined;
}

/** Seconds until an SSH server has greeted. */
const connectSeconds = 8;

/** Milliseconds that the engine's port may take to refuse or accept. */
const probeMs = 4000;

/** Milliseconds between two tries. */
const pauseMs = 1000;

/** The user's own `ssh`, as docker-machine finds it; undefined where there is none. */
export function findSsh(): Promise<string | undefined> {
    return findProgram([process.platform === "win32" ? "ssh.exe" : "ssh"]);
}

/**
 * Looks at hosts that are to be made machines, all at once, each in one SSH session that changes nothing.
 *
 * @param ssh path of the program.
 */
export async function lookAtHosts(
    plans: readonly HostPlan[],
    ssh: string,
    { timeoutMs = 13_000, startingMs = 5000, dockerMachine }: LookOptions = {},
): Promise<HostReport[]> {
    const script = await readFile(lookScript(), "utf8");
    const looks = await Promise.all(
        plans.map(async (plan) => {
            const until = Date.now() + timeoutMs;
            const [told, enginePort] = await Promise.all([
                ask(ssh, plan, script, { until, starting: Date.now() + startingMs }),
                probe(plan.reachedAt ?? plan.address, plan.enginePort ?? defaultEnginePort),
            ]);
            const { session, asked } = told;
            const facts = readFacts(session.stdout);
            const looked: Looked[] =
                facts === undefined ? [] : [{ plan, facts, asked, enginePort, dockerMachine }];
            const hints = facts === undefined ? await userConfigHints(ssh, plan) : [];
            return { plan, session, looked, hints };
        }),
    );
    const twins = sameHosts(looks.flatMap(({ looked }) => looked));
    return looks.map(({ plan, looked: [looked], session, hints }): HostReport => {
        if (looked === undefined) {
            const { advice, ...finding } = sessionFinding(plan, session);
            const all = { ...finding, advice: [advice, ...hints].join(" ") };
            return { plan, facts: undefined, findings: [all] };
        }
        const twin = twins.get(plan);
        const findings = [...judge(looked), ...(twin === undefined ? [] : [twin])];
        return { plan, facts: looked.facts, findings };
    });
}

/** The script, seen from the sources as from the compiled package. */
export function lookScript(): string {
    const candidates = ["look.sh", "../../../scripts/hosts/look.sh"].map((path) =>
        join(import.meta.dirname, path),
    );
    const found = candidates.find((path) => existsSync(path));
    if (found === undefined) {
        throw new Error(`hosts: got no look.sh at "${candidates.join('" or "')}"; reinstall.`);
    }
    return found;
}

/** Asks a host, again while it may still be starting. */
async function ask(
    ssh: string,
    plan: HostPlan,
    script: string,
    { until, starting }: { readonly until: number; readonly starting: number },
): Promise<{ readonly session: Session; readonly asked: Looked["asked"] }> {
    for (;;) {
        const from = Date.now();
        const timeoutMs = Math.max(until - from, 1);
        const session = await sshSession(ssh, plan, script, {
            timeoutMs,
            connectSeconds: Math.max(Math.min(connectSeconds, Math.floor(timeoutMs / 1000)), 1),
        });
        if (!mayPass(session) || Date.now() + pauseMs > starting) {
            return { session, asked: { from, to: Date.now() } };
        }
        await sleep(pauseMs);
    }
}

/** What a port does with a connection from this computer. */
function probe(host: string, port: number): Promise<Looked["enginePort"]> {
    return new Promise((done) => {
        const socket = connect({ host, port, timeout: probeMs });
        const end = (seen: Looked["enginePort"]) => {
            socket.destroy();
            done(seen);
        };
        socket.once("connect", () => {
            end("open");
        });
        socket.once("timeout", () => {
            end("silent");
        });
        socket.once("error", (error: NodeJS.ErrnoException) => {
            end(error.code === "ECONNREFUSED" ? "refused" : "unreachable");
        });
    });
}
