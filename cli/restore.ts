import { resolve } from "node:path";
import { checkSnapshot, restoreSnapshot, snapshotsIn } from "../scripts/consul/snapshot.ts";
import { commandLine, confirm, runTask, TaskFailure } from "./show/task.ts";
import { findContact } from "./stack/contact.ts";
import { putTokensRight } from "./stack/restoredTokens.ts";
import { isHttps } from "./stack/stackClients.ts";

/** Replaces all that the cluster holds by a snapshot's data. */
async function restore(args: readonly string[]): Promise<void> {
    const command = commandLine("npm run restore", "Replaces the cluster's data by a snapshot's.")
        .argument("[file]", "the snapshot; by default the newest of the stack's")
        .option("--yes", "do not ask")
        .option("--address <url>", "HTTP API of a server; by default one of the stack's")
        .parse([...args], { from: "user" });
    const [given] = command.processedArgs;
    const { yes, address } = command.opts();
    const { server, folder, own } = await findContact(address);
    const file = given === undefined ? await newest(folder) : resolve(given);
    await checkSnapshot(file);
    console.log(`${file}\n  replaces everything that ${server.httpAddress}'s cluster holds.`);
    if (yes !== true) {
        await confirm("Nothing was restored");
    }
    await restoreSnapshot(server, file);
    console.log("Restored.");
    if (own !== undefined) {
        console.log("Its ACL tokens are those of the snapshot; this stack's are put right.");
        for (const description of await putTokensRight(server, own)) {
            console.log(`  deleted: ${description}`);
        }
    } else if (isHttps(server.httpAddress)) {
        console.log(
            "Its ACL tokens are those of the snapshot, too: some may be missing now, and some that were deleted " +
                "are back. Where a stack of this program made it, `npm run restore` without --address puts its own right.",
        );
    }
}

async function newest(folder: string): Promise<string> {
    const file = (await snapshotsIn(resolve(folder))).at(-1);
    if (file === undefined) {
        throw new TaskFailure(
            `${folder}: there is no snapshot. Name a file: npm run restore -- FILE`,
        );
    }
    return file;
}

await runTask(restore);
