import { resolve } from "node:path";
import { checkSnapshot, restoreSnapshot, snapshotsIn } from "../../scripts/consul/snapshot.ts";
import { confirm, TaskFailure } from "../show/task.ts";
import { ledServer, stackContact, type Contact } from "../stack/contact.ts";
import { environmentClient } from "../stack/environmentClient.ts";
import { putTokensRight } from "../stack/restoredTokens.ts";
import { isHttps } from "../stack/stackClients.ts";
import { openedCluster, print, report, type Call, type Verb } from "./verb.ts";

/** Replaces all that the cluster holds by a snapshot's data. */
export const restore: Verb = async (call) => {
    const { servers, own, file: given, folder } = await contactOf(call);
    const server = await ledServer(servers);
    const { httpAddress } = server;
    const file = given ?? (await newest(folder));
    await checkSnapshot(file);
    const say = report(call);
    say(`${file}\n  replaces everything that ${httpAddress}'s cluster holds.`);
    if (!call.options.yes) {
        await confirm("Nothing was restored");
    }
    await restoreSnapshot(server, file);
    if (own === undefined) {
        const hint =
            "Its ACL tokens are those of the snapshot, too: some may be missing now, and some that were deleted " +
            "are back. Where a stack of this program made it, `npm run restore` without --address puts its own right.";
        const text = `Restored.${isHttps(httpAddress) ? `\n${hint}` : ""}`;
        print(call, { file, httpAddress, deletedTokens: [] }, text);
        return;
    }
    const deletedTokens = await putTokensRight(server, own);
    const lines = deletedTokens.map((description) => `  deleted: ${description}`);
    const text = [
        "Restored.",
        "Its ACL tokens are those of the snapshot; this stack's are put right.",
        ...lines,
    ].join("\n");
    print(call, { file, httpAddress, deletedTokens }, text);
};

async function contactOf(
    call: Call,
): Promise<Contact & { readonly file: string | undefined; readonly folder: string }> {
    const [named] = call.args;
    const { address } = call.options;
    const file = named === undefined ? undefined : resolve(call.from, named);
    if (address !== undefined && file !== undefined) {
        return { servers: [environmentClient(address)], file, folder: "" };
    }
    const { cluster } = await openedCluster(call);
    const contact =
        address === undefined
            ? await stackContact(cluster)
            : { servers: [environmentClient(address)] };
    return { ...contact, file, folder: resolve(cluster.snapshots) };
}

async function newest(folder: string): Promise<string> {
    const file = (await snapshotsIn(folder)).at(-1);
    if (file === undefined) {
        throw new TaskFailure(
            `${folder}: there is no snapshot. Name a file: npm run restore -- FILE`,
        );
    }
    return file;
}
