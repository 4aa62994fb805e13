/**
 * The program that the stack's Commands run: `node scripts/entry.js "<noun> <verb>"`, the request as
 * JSON on standard input, the answer on standard output, progress on standard error.
 *
 * Every verb is idempotent: a Command that failed is run again.
 */
import { text } from "node:stream/consumers";
import { describeError, progress } from "./system/progress.ts";

type Verb = (request: never) => Promise<unknown>;

/** The verbs, each loaded when needed. States of existing stacks hold their names, which they run
 * when a resource is deleted: none may be removed or renamed. */
const verbs: Readonly<Record<string, () => Promise<Verb>>> = {
    "store open": async () => (await import("./verbs/store.ts")).openWithRoster,
    "store close": async () => (await import("./verbs/store.ts")).closeWithRoster,
    "machine up": async () => (await import("./verbs/machineUp.ts")).machineUp,
    "machine down": async () => (await import("./verbs/machineDown.ts")).machineDown,
    "image load": async () => (await import("./verbs/imageLoad.ts")).loadImage,
    "engine apply": async () => (await import("./verbs/engineApply.ts")).applyEngine,
    "engine reset": async () => (await import("./verbs/engineApply.ts")).resetEngine,
    "data prepare": async () => (await import("./verbs/dataPrepare.ts")).prepareData,
    "agent ready": async () => (await import("./verbs/agentReady.ts")).agentReady,
    "agent known": async () => (await import("./verbs/agentReady.ts")).agentKnown,
    "agent seen": async () => (await import("./verbs/agentSeen.ts")).agentSeen,
    "agent configure": async () =>
        (await import("./verbs/agentConfigure.ts")).configureSecuredAgent,
    "agent check": async () => (await import("./verbs/agentTry.ts")).tryReplacement,
    "agent try": async () => (await import("./verbs/agentTry.ts")).tryAgents,
    "agent adopt": async () => (await import("./verbs/agentAdopt.ts")).adoptAgent,
    "agent adopted": async () => (await import("./verbs/agentAdopt.ts")).forgetAdopted,
    "server clear": async () => (await import("./verbs/serverClear.ts")).clearServer,
    "member leave": async () => (await import("./verbs/memberLeave.ts")).leaveCluster,
    "member withdraw": async () => (await import("./verbs/memberLeave.ts")).withdrawMember,
    "services register": async () => (await import("./verbs/agentServices.ts")).registerServices,
    "services remove": async () => (await import("./verbs/agentServices.ts")).removeServices,
    "services forget": async () => (await import("./verbs/agentServices.ts")).forgetServices,
    "secret seed": async () => (await import("./verbs/clusterAccess.ts")).makeSeed,
    "secret ca": async () => (await import("./verbs/clusterAccess.ts")).makeCa,
    "secret joining": async () => (await import("./verbs/clusterAccess.ts")).makeJoinAuthorities,
    "secret client": async () => (await import("./verbs/clusterAccess.ts")).makeClientCertificate,
    "secret keep": async () => (await import("./verbs/clusterAccess.ts")).keepSecret,
    "access write": async () => (await import("./verbs/clusterAccess.ts")).writeRights,
    "access remove": async () => (await import("./verbs/clusterAccess.ts")).removeRights,
    "access grant": async () => (await import("./verbs/clusterAccess.ts")).grantRights,
    "access settle": async () => (await import("./verbs/clusterAccess.ts")).settleRights,
    "cluster keep": async () => (await import("./machine/teardownMarker.ts")).cancelTeardown,
    "cluster dissolve": async () => (await import("./verbs/dissolve.ts")).dissolveCluster,
    "cluster ready": async () => (await import("./verbs/clusterReady.ts")).clusterReady,
    "formation record": async () => (await import("./verbs/clusterReady.ts")).recordFormation,
    "formation secure": async () => (await import("./verbs/clusterReady.ts")).recordSecured,
    "program refuse": async () => (await import("./verbs/programRefuse.ts")).refuseProgram,
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

async function main(command: string): Promise<void> {
    const verb = verbs[command];
    if (verb === undefined) {
        throw new Error(`got "${command}"; expected one of ${Object.keys(verbs).join(", ")}.`);
    }
    const run = await verb();
    const answer = await run(JSON.parse(await text(process.stdin)) as never);
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
