import { parseArgs } from "node:util";
import { ConsulApi } from "../scripts/consul/consulClient.ts";
import { takeSnapshot } from "../scripts/consul/snapshot.ts";
import { messageOf } from "./tools/obtain.ts";
import { runTask, TaskFailure } from "./show/failure.ts";
import { findContact } from "./stack/contact.ts";

const usage = "npm run snapshot -- [--folder FOLDER] [--address http://SERVER:8500]";

/** Takes a snapshot of the cluster's data. */
async function snapshot(args: readonly string[]): Promise<void> {
    const options = readOptions(args);
    const { httpAddress, folder } = await findContact(options.address);
    const { Config } = await new ConsulApi(httpAddress).self();
    const file = await takeSnapshot(httpAddress, {
        folder: options.folder ?? folder,
        datacenter: Config.Datacenter,
    });
    console.log(`${file}\nIt holds every secret of the cluster: keep it as one.`);
}

function readOptions(args: readonly string[]) {
    try {
        const text = { type: "string" } as const;
        return parseArgs({ args: [...args], options: { folder: text, address: text } }).values;
    } catch (error) {
        throw new TaskFailure(`${messageOf(error)} It takes: ${usage}`);
    }
}

await runTask(snapshot);
