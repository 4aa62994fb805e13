import { rmSync } from "node:fs";
import type { ImageInfo } from "dockerode";
import { engine } from "./tools/dockerEngine.ts";
import { cacheFolder, toolsFolder } from "./tools/paths.ts";
import { exampleNames, examplePlace } from "./example/examples.ts";
import { commandLine, runTask, TaskFailure } from "./show/task.ts";
import { hasStack } from "./stack/stackPlaces.ts";
import { cacheLabel } from "../scripts/protocol/labels.ts";
import { describeError } from "../scripts/system/progress.ts";

/** Removes what was fetched and built; a cluster that runs keeps all of it. */
async function clean(args: readonly string[]): Promise<void> {
    const { all } = commandLine("npm run clean", "Removes what was fetched and built.")
        .option("--all", "also what took minutes to build, which all clones of this project share")
        .parse(args, { from: "user" })
        .opts();
    const running = [
        ...(hasStack() ? ["npm stop"] : []),
        ...exampleNames()
            .filter((name) => hasStack(examplePlace(name)))
            .map((name) => `npm run example -- ${name} --destroy`),
    ];
    if (running.length > 0) {
        throw new TaskFailure(
            "A cluster runs on what would be removed. Remove it first: " +
                `${running.map((command) => `\`${command}\``).join(", ")}.`,
        );
    }
    for (const line of await removeImages()) {
        console.log(line);
    }
    rmSync(toolsFolder, { recursive: true, force: true });
    console.log("Removed the tools fetched into this folder.");
    if (all) {
        rmSync(cacheFolder(), { recursive: true, force: true });
        console.log(`Removed ${cacheFolder()}, which all clones of this project share.`);
    } else {
        console.log(
            `Kept ${cacheFolder()}, which took minutes to build: \`npm run clean -- --all\`.`,
        );
    }
}

/** Removes the built images; reports one that is in use, and an engine that does not answer. */
async function removeImages(): Promise<string[]> {
    const filters = encodeURIComponent(JSON.stringify({ label: [cacheLabel] }));
    try {
        const images = await engine.ask<readonly ImageInfo[]>(`/images/json?filters=${filters}`);
        const lines: string[] = [];
        // The newest first, as the engine lists them: it may be made from an older one.
        for (const { Id } of images) {
            lines.push(await removeImage(Id));
        }
        return lines;
    } catch (error) {
        return [`Built images: Docker Engine does not answer (${describeError(error)}).`];
    }
}

async function removeImage(id: string): Promise<string> {
    const short = id.replace(/^sha256:/, "").slice(0, 12);
    try {
        await engine.ask(`/images/${id}?force=false`, { method: "DELETE" });
        return `Removed the built image ${short}.`;
    } catch (error) {
        return `Left the built image ${short}: ${describeError(error)}`;
    }
}

await runTask(clean);
