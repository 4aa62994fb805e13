import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { AgentImage } from "../../components/agent/agentImage.ts";
import { resolveImage } from "../../components/agent/imageArchive.ts";
import { defaultDockerHost } from "../../components/machine/labHost.ts";
import { ensureLabImage } from "../../scripts/lab/labImage.ts";
import { progress } from "../../scripts/system/progress.ts";
import { defaultSubnet } from "../../program/settings/labAddresses.ts";
import { stateFolder } from "../tools/paths.ts";
import { findNamed } from "../tools/programTool.ts";
import { BenchStack, removeIfEmpty, type BenchOptions } from "./benchStack.ts";
import type { Cleanup } from "./cleanup.ts";
import { prepareHosts, recipeOf, removeHosts, type HostRecipe } from "./hosts.ts";
import { markdownTable, seconds, verdict, type Finding } from "./report.ts";
import { TypedSteps } from "./typedSteps.ts";

/** The bound of our `up`, as a fraction of the time of the typed steps. */
const bound = 0.5;

const stackName = "bench-up";
const typedName = "bench-typed";

/**
 * Compares one `pulumi up` of a cluster on lab machines with the walkthrough's steps on hosts of
 * the same make, typed one after another. Both begin with only the images of machine and agent on
 * this computer, and end with a leader and all servers as voters.
 */
export async function benchUp(options: BenchOptions, cleanup: Cleanup): Promise<Finding> {
    if ("missed" in (await findNamed(["docker"]))) {
        const text = "`up` is not measured: the walkthrough's steps need the command `docker`.";
        return { text, isKept: true };
    }
    const image = await imageOf(options.image);
    await ensureLabImage({ host: defaultDockerHost }, progress);

    console.error(`pulumi up of ${options.nodes} servers`);
    const ours = await upOfOurs(options, cleanup);
    console.error("the walkthrough's steps, typed one after another");
    const typed = await typedSteps(options.nodes, image, ours.recipe, cleanup);

    const { text, isKept } = verdict(ours.took / typed.all, bound);
    const fetched = image.kind === "archive" ? "docker load" : "docker pull";
    const table = markdownTable(
        [`a cluster of ${options.nodes} servers`, "seconds"],
        [
            ["the walkthrough's steps, in all", seconds(typed.all)],
            ["- the network and the SSH key", seconds(typed.base)],
            ["- each host started, then `docker-machine create`", seconds(typed.create)],
            [`- \`${fetched}\` on each`, seconds(typed.image)],
            ["- `docker run` of the agent on each", seconds(typed.run)],
            ["- until all servers vote under a leader", seconds(typed.wait)],
            ["`pulumi up`, in all, hosts included", seconds(ours.took)],
        ],
    );
    return { text: `${table}\n\n${text}`, isKept };
}

async function imageOf(setting: string): Promise<AgentImage> {
    const { image, problems } = await resolveImage(setting);
    if (image === undefined) {
        throw new Error(problems.join("\n"));
    }
    if (image.kind === "archive") {
        // Whoever loads it first must not read it from a colder disk than the other.
        readFileSync(resolve(image.archive));
    }
    return image;
}

async function upOfOurs(options: BenchOptions, cleanup: Cleanup) {
    const stack = await BenchStack.ofThisProject(stackName, options, cleanup);
    // As before any `up`: this also has Pulumi, Node and the plugins read from disk once.
    await stack.run("preview");
    const { seconds: took } = await stack.run("up");
    const recipe = await recipeOf(`consul-machines-${stackName}-server-1`);
    await stack.close();
    return { took, recipe };
}

async function typedSteps(count: number, image: AgentImage, recipe: HostRecipe, cleanup: Cleanup) {
    const folder = join(stateFolder, "bench", typedName);
    const remove = async () => {
        await removeHosts(typedName);
        rmSync(folder, { recursive: true, force: true });
        removeIfEmpty(dirname(folder));
    };
    cleanup.add("the typed machines", remove);
    await remove();
    mkdirSync(folder, { recursive: true });
    const subnet = defaultSubnet(`consul-machines/${typedName}`);
    const place = { prefix: typedName, subnet, folder, count };
    const started = performance.now();
    const hosts = await prepareHosts(place, recipe, cleanup.signal);
    const base = (performance.now() - started) / 1000;
    const steps = new TypedSteps(hosts, join(folder, "store"), image, cleanup.signal);
    const times = await steps.run();
    await remove();
    const { create, image: fetch, run, wait } = times;
    return { base, ...times, all: base + create + fetch + run + wait };
}
