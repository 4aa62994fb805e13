import { relative, resolve } from "node:path";
import { isArchive } from "../../components/agent/imageArchive.ts";
import { consulImageTool } from "../tools/consulImage.ts";
import { obtain, type ObtainOptions, type Tool } from "../tools/obtain.ts";
import { projectRoot } from "../tools/paths.ts";
import { nodeImageTool, redisImageTool, registratorImageTool } from "../tools/programImages.ts";
import { configuredImage, type CommittedSettings } from "../stack/stackSettings.ts";

/** What finds or makes an image that a setting names. */
type ImageTool = (configured: string) => Tool<{ readonly image: string }>;

/** Settings of examples that name an image. One that cannot be pulled is made. */
const imageTools: Readonly<Record<string, ImageTool>> = {
    image: consulImageTool,
    nodeImage: nodeImageTool,
    redisImage: redisImageTool,
    registratorImage: registratorImageTool,
};

/**
 * Finds or makes each image that an example's Pulumi.yaml declares, except those that were given.
 * Archives come as paths relative to the example's folder, where its program looks for them.
 */
export async function exampleImages(
    committed: CommittedSettings,
    given: Readonly<Record<string, unknown>>,
    folder: string,
    options: ObtainOptions,
): Promise<Record<string, string>> {
    const declared = Object.keys(committed.project.config ?? {});
    const images: Record<string, string> = {};
    for (const [key, tool] of Object.entries(imageTools)) {
        const value = given[key];
        if (typeof value === "string") {
            images[key] = fromFolder(value, folder);
        } else if (declared.includes(key)) {
            const { image } = await obtain(tool(configuredImage(committed, key)), options);
            images[key] = fromFolder(image, folder);
        }
    }
    return images;
}

/** An archive's path is given from the project's folder, and the program runs in its own. */
function fromFolder(image: string, folder: string): string {
    return isArchive(image) ? relative(folder, resolve(projectRoot, image)) : image;
}
