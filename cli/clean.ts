import { rmSync } from "node:fs";
import { parseArgs } from "node:util";
import { engine, listOf, textField } from "./tools/dockerEngine.ts";
import { messageOf } from "./tools/obtain.ts";
import { cacheFolder, toolsFolder } from "./tools/paths.ts";
import { exampleNames, examplePlace } from "./example/places.ts";
import { runTask, TaskFailure } from "./show/failure.ts";
import { hasStack } from "./stack/workspace.ts";
import { cacheLabel } from "../scripts/protocol/labels.ts";

/** What images that were built to save time carry. */

/** Removes what was fetched and built; a cluster that runs keeps all of it. */
async function clean(args: readonly string[]): Promise<void> {
    const { all } = readOptions(args);
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

function readOptions(args: readonly string[]): { readonly all: boolean } {
    try {
        const { values } = parseArgs({ args: [...args], options: { all: { type: "boolean" } } });
        return { all: values.all ?? false };
    } catch (error) {
        throw new TaskFailure(`${messageOf(error)} It takes: npm run clean -- [--all]`);
    }
}

/** Removes the built images; one in use, or no engine at all, is said and harms nothing. */
async function removeImages(): Promise<string[]> {
    const filters = encodeURIComponent(JSON.stringify({ label: [cacheLabel] }));
    try {
        const images = listOf(await engine.ask(`/images/json?filters=${filters}`));
        const ids = images.flatMap((image) => textField(image, "Id") ?? []);
        const lines: string[] = [];
        // The newest first, as the engine lists them: it may be made from an older one.
        for (const id of ids) {
            lines.push(await removeImage(id));
        }
        return lines;
    } catch (error) {
        return [`Built images: Docker Engine does not answer (${messageOf(error)}).`];
    }
}

async function removeImage(id: string): Promise<string> {
    const short = id.replace(/^sha256:/, "").slice(0, 12);
    try {
        await engine.ask(`/images/${id}?force=false`, { method: "DELETE" });
        return `Removed the built image ${short}.`;
    } catch (error) {
        return `Left the built image ${short}: ${messageOf(error)}`;
    }
}

await runTask(clean);
