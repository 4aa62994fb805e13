import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { restoreSnapshot } from "../scripts/consul/snapshot.ts";
import { checkSnapshot, snapshotsIn } from "../scripts/consul/snapshotFile.ts";
import { messageOf } from "./tools/obtain.ts";
import { isAgreed } from "./show/agreement.ts";
import { runTask, TaskFailure } from "./show/failure.ts";
import { findContact } from "./stack/contact.ts";

const usage = "npm run restore -- [FILE] [--yes] [--address http://SERVER:8500]";

/** Puts a snapshot's data in place of all that the cluster holds. */
async function restore(args: readonly string[]): Promise<void> {
    const options = readOptions(args);
    const { httpAddress, folder } = await findContact(options.address);
    const file = options.file ?? (await newest(folder));
    await checkSnapshot(file);
    console.log(`${file}\n  takes the place of everything that ${httpAddress}'s cluster holds.`);
    if (!options.yes && !(await isAgreed("Nothing was restored"))) {
        throw new TaskFailure("Nothing was restored.");
    }
    await restoreSnapshot(httpAddress, file);
    console.log("Restored.");
}

function readOptions(args: readonly string[]) {
    try {
        const { values, positionals } = parseArgs({
            args: [...args],
            allowPositionals: true,
            options: { yes: { type: "boolean" }, address: { type: "string" } },
        });
        const [file, ...others] = positionals;
        if (others.length > 0) {
            throw new Error(`Got ${positionals.length} files; expected one.`);
        }
        const path = file === undefined ? undefined : resolve(file);
        return { file: path, yes: values.yes ?? false, address: values.address };
    } catch (error) {
        throw new TaskFailure(`${messageOf(error)} It takes: ${usage}`);
    }
}

async function newest(folder: string): Promise<string> {
    const file = (await snapshotsIn(resolve(folder))).at(-1);
    if (file === undefined) {
        throw new TaskFailure(`${folder}: there is no snapshot. Name a file: ${usage}`);
    }
    return file;
}

await runTask(restore);
