import { z } from "zod";
import { containerType, type Resource } from "./resource.ts";

/** How an image is found in the inputs of what has one, by type. */
const imageIn = new Map<string, (props: unknown) => string>([
    [containerType, (props) => z.object({ image: z.string() }).parse(props).image],
    [
        "docker:index/remoteImage:RemoteImage",
        (props) => z.object({ name: z.string() }).parse(props).name,
    ],
]);

/** An id or a digest: the image of it is always the same. */
const immutable = /(^|@)sha256:[0-9a-f]{64}$/;

/** The tag of a reference, behind a registry, which may have a port, and a repository. */
const tagged = /^[^@]*:([^:/@]+)$/;

/**
 * What is wrong with the image that a resource names, in at most one line: a tag is needed, and one that says which
 * image it is.
 */
export function imageTagProblems({ type, props }: Resource): string[] {
    const image = imageIn.get(type)?.(props);
    if (image === undefined || immutable.test(image)) {
        return [];
    }
    const tag = tagged.exec(image)?.[1];
    return tag !== undefined && tag !== "latest"
        ? []
        : [
              `image: got "${image}", which is another image on another day; a tag other than "latest", ` +
                  'such as "hashicorp/consul:1.22.2", or a digest.',
          ];
}
