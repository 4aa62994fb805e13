/**
 * The one program that the stack's Commands run: `node scripts/entry.js "<noun> <verb>"`, the request
 * as JSON on standard input, the answer on standard output, progress on standard error.
 *
 * Every verb can be run again: a Command that failed is simply asked once more.
 */
import { describeError, progress } from "./system/progress.ts";

type Verb = (request: never) => Promise<unknown>;

/** Loaded when needed, so that a verb does not wait for the modules of the others. */
const verbs: Readonly<Record<string, () => Promise<Verb>>> = {
    "store open": async () => (await import("./verbs/store.ts")).openWithRoster,
    "store close": async () => (await import("./verbs/store.ts")).closeWithRoster,
    "machine up": async () => (await import("./verbs/machineUp.ts")).machineUp,
    "machine down": async () => (await import("./verbs/machineDown.ts")).machineDown,
    "image load": async () => (await import("./verbs/imageLoad.ts")).loadImage,
    "agent ready": async () => (await import("./verbs/agentReady.ts")).agentReady,
    "agent known": async () => (await import("./node/agentConfigure.ts")).agentKnown,
    "agent seen": async () => (await import("./verbs/agentSeen.ts")).agentSeen,
    "server clear": async () => (await import("./verbs/serverClear.ts")).clearServer,
    "member leave": async () => (await import("./verbs/memberLeave.ts")).leaveCluster,
    "member withdraw": async () => (await import("./verbs/memberWithdraw.ts")).withdrawMember,
    "services register": async () => (await import("./verbs/agentServices.ts")).registerServices,
    "services remove": async () => (await import("./verbs/agentServices.ts")).removeServices,
    "services forget": async () => (await import("./verbs/agentServices.ts")).forgetServices,
    "cluster keep": async () => (await import("./machine/teardownMarker.ts")).cancelTeardown,
    "cluster dissolve": async () => (await import("./machine/teardownMarker.ts")).beginTeardown,
    "cluster ready": async () => (await import("./verbs/clusterReady.ts")).clusterReady,
    "formation record": async () => (await import("./verbs/formation.ts")).recordFormation,
    "lab key": async () => (await import("./lab/labKey.ts")).makeLabKey,
    "lab unkey": async () => (await import("./lab/labKey.ts")).removeLabKey,
    "lab network": async () => (await import("./lab/labNetwork.ts")).makeLabNetwork,
    "lab unnetwork": async () => (await import("./lab/labNetwork.ts")).removeLabNetwork,
    "lab image": buildLabImage,
};

async function buildLabImage(): Promise<Verb> {
    const { ensureLabImage } = await import("./lab/labImage.ts");
    return (request: never) => ensureLabImage(request, progress);
}

async function readRequest(): Promise<never> {
    let text = "";
    for await (const chunk of process.stdin.setEncoding("utf8")) {
        text += String(chunk);
    }
    return JSON.parse(text) as never;
}

async function main(command: string): Promise<void> {
    const verb = verbs[command];
    if (verb === undefined) {
        throw new Error(`got "${command}"; expected one of ${Object.keys(verbs).join(", ")}.`);
    }
    const answer = await (await verb())(await readRequest());
    if (answer !== undefined) {
        process.stdout.write(typeof answer === "string" ? answer : JSON.stringify(answer));
    }
}

try {
    await main(process.argv[2] ?? "");
} catch (error) {
    progress(describeError(error));
    process.exitCode = 1;
}
