import { relative, resolve } from "node:path";
import { isArchive } from "../../components/agent/imageArchive.ts";
import { configuredImage, type DeclaredSettings } from "../stack/stackSettings.ts";
import { consulImageTool, type ConsulImage } from "../tools/consulImage.ts";
import type { Needs, Toolbox } from "../tools/everything.ts";
import type { Tool } from "../tools/obtain.ts";
import { projectRoot } from "../tools/paths.ts";
import { nodeImageTool, redisImageTool, registratorImageTool } from "../tools/programImages.ts";

/** What finds or makes an image that a setting names. */
type ImageTool = (configured: string) => Tool<ConsulImage>;

/** Settings of examples that name an image besides Consul's. One that cannot be pulled is made. */
const otherTools: Readonly<Record<string, ImageTool>> = {
    nodeImage: nodeImageTool,
    redisImage: redisImageTool,
    registratorImage: registratorImageTool,
};

/** Settings that were given on the command line. */
type Given = Readonly<Record<string, unknown>>;

/** What an example needs: each image that its Pulumi.yaml declares, and lab machines. */
export function exampleNeeds(declared: DeclaredSettings, given: Given): Needs {
    const toolOf = (key: string, make: ImageTool) => {
        const value = given[key];
        return typeof value === "string" ? givenImage(value) : make(configuredImage(declared, key));
    };
    const keys = Object.keys(declared.project.config ?? {});
    const others = Object.entries(otherTools)
        .filter(([key]) => keys.includes(key) || typeof given[key] === "string")
        .map(([key, make]) => [key, toolOf(key, make)] as const);
    return {
        image: toolOf("image", consulImageTool),
        otherImages: Object.fromEntries(others),
        labMachines: true,
    };
}

/** An image that a person names is taken as it is. */
function givenImage(image: string): Tool<ConsulImage> {
    const attempt = () => Promise.resolve({ got: { image }, note: image });
    return { name: "Given image", ways: [{ kind: "find", how: "as given", attempt }], advice: "" };
}

/** The images as settings. An archive comes as its path from the example's folder, where its program looks for it. */
export function exampleImages(
    { image, otherImages }: Pick<Toolbox, "image" | "otherImages">,
    folder: string,
): Record<string, string> {
    const all = Object.entries({ image, ...otherImages });
    return Object.fromEntries(all.map(([key, found]) => [key, fromFolder(found.image, folder)]));
}

/** An archive's path is given from the project's folder, and the program runs in its own. */
function fromFolder(image: string, folder: string): string {
    return isArchive(image) ? relative(folder, resolve(projectRoot, image)) : image;
}
