import type { ImageFlavour } from "../../scripts/protocol/formation.ts";
import { progriumReasons } from "../../components/cluster/progriumProblems.ts";
import type { StatedNode } from "./nodeSettings.ts";
import { problem } from "./problems.ts";
import type { RawSettings } from "./schema.ts";

/** What does not go with progrium's image, or with what the settings call it. */
export function progriumSettingProblems(raw: RawSettings, stated: readonly StatedNode[]): string[] {
    const named = imageFlavourProblem("image", raw.image, raw.imageFlavour);
    if (raw.imageFlavour !== "progrium") {
        return named;
    }
    const servers = stated.filter(({ role }) => role === "server");
    const withServices = stated.filter(({ services = [] }) => services.length > 0);
    return [
        ...named,
        ...(raw.oneMachine ? [problem("oneMachine", true, progriumReasons.oneMachine)] : []),
        ...(raw.join.length > 0 && servers.length > 0
            ? [problem("join", raw.join, progriumReasons.join)]
            : []),
        ...withServices.map(({ path, services }) =>
            problem(`${path}.services`, services, progriumReasons.services),
        ),
        ...servers.flatMap(({ name }) => {
            const generation = raw.generations[name] ?? 1;
            return generation === 1
                ? []
                : [problem(`generations.${name}`, generation, progriumReasons.generations)];
        }),
        ...(raw.snapshots === ""
            ? []
            : [problem("snapshots", raw.snapshots, progriumReasons.snapshots)]),
    ];
}

/**
 * Why an image of this name is not of this flavour, as far as its name tells.
 *
 * @param path the setting that says it.
 * @param reference of what machines pull, or the tag inside an archive.
 */
export function imageFlavourProblem(
    path: string,
    reference: string,
    flavour: ImageFlavour,
): string[] {
    const repository = reference.replace(/[:@][^/]*$/, "");
    if (flavour === "official" && /(^|\/)progrium\/consul$/.test(repository)) {
        return [
            problem(
                path,
                reference,
                'that image is started otherwise; set "imageFlavour" to "progrium" ' +
                    "(docs/image.md), or take Consul's official one",
            ),
        ];
    }
    return flavour === "progrium" && /(^|\/)hashicorp\/consul$|^consul$/.test(repository)
        ? [problem(path, reference, 'with "imageFlavour: progrium" name progrium\'s image')]
        : [];
}

/** What is unwise about that image. */
export function progriumWarnings({ imageFlavour }: Pick<RawSettings, "imageFlavour">): string[] {
    return imageFlavour === "progrium"
        ? [
              "imageFlavour: progrium's image is of 2015, with Consul 0.5.2. All holes that were " +
                  "closed since are open in it, and whoever reaches port 8500 of a node can run " +
                  "programs in its container. Snapshots, autopilot and handing leadership over it " +
                  "does not have (docs/image.md).",
          ]
        : [];
}
