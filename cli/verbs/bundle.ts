import { arch, release } from "node:os";
import { resolve } from "node:path";
import type { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { describeError } from "../../scripts/system/progress.ts";
import { writeArchive } from "../bundle/archive.ts";
import { redactorOf } from "../bundle/secrets.ts";
import { settingsOf } from "../bundle/settings.ts";
import { stateSkeleton } from "../bundle/stateSkeleton.ts";
import { containerLog } from "../engine/containerLogs.ts";
import { packageVersion } from "../show/packageVersion.ts";
import { askedCluster } from "../stack/clusterAccess.ts";
import { shortName, type OpenedStack } from "../stack/openStack.ts";
import type { StateCluster } from "../stack/stateCluster.ts";
import { examined, factsOf } from "./doctor.ts";
import { statusOf } from "./status.ts";
import { openedStack, print, type Call, type Verb } from "./verb.ts";

/** Lines of each agent's log. */
const logLines = 2000;

/** Milliseconds that an engine may take to send them. */
const logMs = 20_000;

/**
 * Writes an archive for a bug report: doctor's report, the state without secrets, versions, settings, logs. What cannot
 * be had is left out, and named. Every text is cleaned of every secret that the stack has, and searched for them.
 */
export const bundle: Verb = async (call) => {
    const { stack, pulumi } = await openedStack(call);
    const gathered = new Gathered();
    const config = await stack.workspace.getAllConfig(stack.stack);
    const project = await stack.workspace.projectSettings();
    const rights = await Promise.all(
        stack.clusters.map(async (one) => (await askedCluster(one)).rights),
    );
    const redactor = redactorOf({
        state: stack.state,
        config,
        rights: rights.filter((one) => one !== undefined),
        nodeNames: stack.clusters.flatMap(({ nodes }) => Object.keys(nodes)),
        environment: stack.environment,
    });
    gathered.add("versions.json", versions(pulumi, stack));
    gathered.add("settings.json", settingsOf(project, config));
    gathered.add("state.json", stateSkeleton(stack.state));
    const tools = await call.door.tools(pulumi);
    for (const cluster of stack.clusters) {
        await gatherCluster(gathered, { stack, cluster, call, tools });
    }
    const texts = new Map([...gathered.texts].map(([name, text]) => [name, redactor.clean(text)]));
    const missing = gathered.missing.map((line) => redactor.clean(line));
    texts.set("README.txt", readme(missing));
    const stamp = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "");
    const title = `consul-machines-${shortName(stack.stack)}-${stamp}`;
    const file = resolve(call.from, call.options.output ?? `${title}.tar.gz`);
    const bytes = await writeArchive(file, title, texts, redactor);
    print(
        call,
        { file, bytes, files: [...texts.keys()], missing },
        [
            file,
            ...missing.map((line) => `  without ${line}`),
            "It has names and addresses of your machines, and no secret. Look through it before you send it.",
        ].join("\n"),
    );
};

/** What was gathered so far. */
class Gathered {
    readonly texts = new Map<string, string>();
    readonly missing: string[] = [];

    add(name: string, content: object | string): void {
        const text = typeof content === "string" ? content : JSON.stringify(content, null, 4);
        this.texts.set(name, `${text}\n`);
    }

    /** Adds what work finds, or why it finds nothing. */
    async attempt(name: string, work: () => Promise<object | string>): Promise<void> {
        try {
            this.add(name, await work());
        } catch (error) {
            this.missing.push(`${name}: ${describeError(error)}`);
        }
    }
}

/** A cluster, and by what it is looked at. */
interface Looked {
    readonly stack: OpenedStack;
    readonly cluster: StateCluster;
    readonly call: Call;
    readonly tools: Parameters<typeof examined>[0];
}

async function gatherCluster(
    gathered: Gathered,
    { stack, cluster, call, tools }: Looked,
): Promise<void> {
    const { name } = cluster;
    await gathered.attempt(`${name}/status.json`, () => statusOf({ stack, cluster }));
    await gathered.attempt(`${name}/doctor.txt`, async () => {
        const facts = await factsOf({ stack, cluster });
        const { answer, text } = examined(tools, { stack, cluster }, facts);
        gathered.add(`${name}/doctor.json`, answer);
        gathered.add(`${name}/facts.json`, facts);
        return call.door.said(text);
    });
    const agents = cluster.containers.filter(({ node }) => node !== undefined);
    await Promise.all(
        agents.map(({ node = "", name: container, engine }) =>
            gathered.attempt(`${name}/logs/${node}.log`, async () => {
                if (engine === undefined) {
                    throw new Error("its machine did not answer in the last run");
                }
                return lastLines(containerLog(engine, container, { tail: logLines }));
            }),
        ),
    );
}

async function lastLines(lines: AsyncIterable<{ time: string; line: string }>): Promise<string> {
    const ended = Date.now() + logMs;
    const texts: string[] = [];
    for await (const { time, line } of lines) {
        texts.push(`${time} ${line}`);
        if (Date.now() > ended) {
            break;
        }
    }
    return texts.join("\n");
}

function versions(pulumi: PulumiCommand, { state, project, stack }: OpenedStack): object {
    return {
        "consul-machines": packageVersion(),
        node: process.versions.node,
        pulumi: pulumi.version?.version ?? null,
        stateWrittenBy: state.writtenBy ?? null,
        system: `${process.platform} ${release()} ${arch()}`,
        project,
        stack,
    };
}

function readme(missing: readonly string[]): string {
    return [
        "For a bug report of consul-machines. Every known secret of the stack was replaced by [secret].",
        "",
        "versions.json         of the tools, and of this computer's system",
        "settings.json         of the project and the stack",
        "state.json            what Pulumi's state has, without values that may be secret",
        "CLUSTER/status.json   as `status --json` prints it",
        "CLUSTER/doctor.*      what doctor found; facts.json is what it went by",
        "CLUSTER/logs/         the last lines of each agent's log",
        ...(missing.length === 0 ? [] : ["", "What could not be had:", ...missing]),
        "",
    ].join("\n");
}
