import type { ImageInspectInfo } from "dockerode";
import { parseVersion, type ConsulVersion } from "../consul/versions.ts";
import type { EngineApi } from "../docker/engineApi.ts";
import { removeLabelled } from "../docker/idleContainer.ts";
import { runTrial, type TrialOutcome, type TrialRun } from "../docker/trialContainer.ts";
import { authoritiesFile, certificateFile, configDirectory } from "../protocol/agentFiles.ts";
import { canRun } from "../protocol/cpu.ts";
import type { AgentTrial, TrialFile } from "../protocol/agentTrial.ts";
import { nodeLabel, ownerLabel, trialLabel } from "../protocol/labels.ts";
import { issueCertificate, makeAuthority } from "../security/authority.ts";
import { describeFault, reasonsIn, shownOf } from "./trialFault.ts";

/** Milliseconds for a command that prints something and ends. */
const commandLimit = 15_000;

/** Milliseconds for an agent to come up or to end: it takes about one second. One that does neither is waiting for
 * something, as for syslog, which it asks for a minute long. */
const startLimit = 10_000;

/** What an agent prints once it has opened, read and written all that it needs, of its level "info". */
const runs = "Consul agent running!";

/** With what an agent that is alone on the world cannot do what it would do among others. */
const needsOthers =
    /lookup|dial |no such host|network is unreachable|connection refused|i\/o timeout/i;

/** What a trial found. */
export interface TrialResult {
    /** What is wrong, a line each; none where the agent starts. */
    readonly problems: readonly string[];
    /** What is to be known. */
    readonly warnings: readonly string[];
    /** The image's Consul; undefined where the image does not run. */
    readonly version: ConsulVersion | undefined;
}

/**
 * Tries whether an agent starts: in a container of the very image, user, files and arguments of its own, on its machine.
 *
 * Three programs are run. The first prints the version, which tells whether the image runs there at all. `consul
 * validate` reads the configuration as an agent does, and names keys that Consul does not know and those that have no
 * effect any more. It opens none of the files that a configuration names, though, nor anything else: so the agent itself
 * is started as well, which tells of certificates, paths, sockets and ports in its own words, of whatever version. With
 * data of its own and without a network it takes part in nothing. What it could not do for want of that network is no
 * fault.
 *
 * @returns undefined where the image is not on the machine.
 */
export async function tryAgent(
    engine: EngineApi,
    trial: AgentTrial,
): Promise<TrialResult | undefined> {
    const { nodeName, owner, container } = trial;
    const path = `/images/${encodeURIComponent(container.image)}/json`;
    const image = await engine.find<ImageInspectInfo>(path);
    if (image === undefined) {
        return undefined;
    }
    const labels = { [ownerLabel]: owner, [nodeLabel]: nodeName, [trialLabel]: "agent" };
    await removeLabelled(engine, labels);
    const files = await ownFiles(trial);
    const run = (what: Omit<TrialRun, "labels">) =>
        runTrial(engine, container, { labels, ...what, files: [...files, ...(what.files ?? [])] });
    const [printed, validated] = await Promise.all([
        run({ arguments: ["version"], limit: commandLimit }),
        run({
            arguments: ["validate", configDirectory],
            files: [{ path: flagsFile, text: JSON.stringify(trial.flags) }],
            limit: commandLimit,
        }),
    ]);
    const version = versionIn(printed);
    if (version === undefined) {
        const problem = await imageProblem(engine, trial, image, printed);
        return { problems: [problem], warnings: [], version };
    }
    const warnings = warningsIn(validated).map(
        (line) => `${nodeName}: Consul says: ${shownOf(trial, line)}`,
    );
    if (validated.exitCode !== 0) {
        return { problems: faults(trial, validated), warnings, version };
    }
    const started = await run({
        // Whatever its level, it has to say that it runs.
        arguments: [...container.arguments, "-log-level=info"],
        until: runs,
        limit: startLimit,
    });
    return { ...judgeStart(trial, started, warnings), version };
}

/** Read behind the agent's own files: they are read in the order of their names. */
const flagsFile = `${configDirectory}/trial.json`;

/** Files that a secured cluster's agent has from elsewhere. A pair of keys that is made for the trial is as good as its
 * own, which never leaves its machine. */
async function ownFiles({ nodeName, role, access }: AgentTrial): Promise<TrialFile[]> {
    if (access === undefined) {
        return [];
    }
    const ca = await makeAuthority();
    const wanted = {
        ca,
        nodeName,
        role,
        datacenter: "dc1",
        domain: "consul",
        addresses: [],
        leaf: 1,
    };
    const { certificate, key } = await issueCertificate(wanted);
    return [
        { path: authoritiesFile, text: ca.certificate },
        { path: certificateFile, text: `${certificate.trimEnd()}\n${key}` },
    ];
}

function versionIn({ lines }: TrialOutcome): ConsulVersion | undefined {
    const [found] = lines.flatMap((line) => /^Consul (v\d\S*)/.exec(line)?.[1] ?? []);
    return parseVersion(found ?? "");
}

/** What `consul validate` says of a configuration that is valid: of keys that have no effect, or will have none. */
function warningsIn({ exitCode, lines }: TrialOutcome): readonly string[] {
    return exitCode === 0 ? lines.filter((line) => !line.startsWith("Configuration is valid")) : [];
}

function faults(trial: AgentTrial, { lines, refusal }: TrialOutcome): string[] {
    const reasons = lines.length === 0 && refusal !== undefined ? [refusal] : reasonsIn(lines);
    return reasons.map((reason) => describeFault(trial, reason));
}

function judgeStart(
    trial: AgentTrial,
    started: TrialOutcome,
    warnings: readonly string[],
): Pick<TrialResult, "problems" | "warnings"> {
    const { nodeName, config } = trial;
    const { exitCode, isReached, lines, refusal } = started;
    if (isReached) {
        return { problems: [], warnings };
    }
    const hasEnded = exitCode !== undefined || refusal !== undefined;
    if (!hasEnded && lines.length === 0 && Reflect.get(config, "enable_syslog") === true) {
        // It prints nothing before its log is set up.
        return {
            problems: [describeFault(trial, "it waits for syslog, and ends after a minute")],
            warnings,
        };
    }
    const last = shownOf(trial, lines.slice(-1).join(""));
    if (!hasEnded) {
        const seconds = startLimit / 1000;
        const waits = `${nodeName}: tried alone, its agent has neither come up within ${seconds} s nor ended: "${last}"`;
        return { problems: [], warnings: [...warnings, waits] };
    }
    const reasons = lines.length === 0 && refusal !== undefined ? [refusal] : reasonsIn(lines);
    const own = reasons.filter((reason) => !needsOthers.test(reason));
    const others = reasons.filter((reason) => needsOthers.test(reason));
    return {
        problems: own.map((reason) => describeFault(trial, reason)),
        warnings: [
            ...warnings,
            ...others.map(
                (reason) =>
                    `${nodeName}: tried without a network, its agent ends: ${shownOf(trial, reason)}`,
            ),
        ],
    };
}

/** Why an image does not run: it is for another CPU, or what it says. */
async function imageProblem(
    engine: EngineApi,
    { nodeName, agent, container: { image } }: AgentTrial,
    { Architecture: ofImage }: ImageInspectInfo,
    { lines, refusal, exitCode }: TrialOutcome,
): Promise<string> {
    const { Arch: own } = await engine.ask<{ readonly Arch: string }>("/version");
    const said = [refusal, ...lines.slice(-2)].filter((line) => line !== undefined).join(" / ");
    const why = said === "" ? `it printed nothing (exit code ${exitCode ?? "unknown"})` : said;
    const where = `${nodeName}: the image ${image}`;
    return canRun(own, ofImage)
        ? `${where} does not run on its machine "${agent.machine}", or prints no version of Consul: ${why}. ` +
              "Name one of Consul's images, or one like them: docs/image.md."
        : `${where} is for ${ofImage}, and its machine "${agent.machine}" is ${own}: ${why}. Name an image for ${own}; ` +
              `of archives, one for each CPU: \`image: { ${own}: FILE, ${ofImage}: FILE }\`. docs/image.md.`;
}
