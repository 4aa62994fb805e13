import { expect, it } from "vitest";
import { plugins } from "../../../cli/tools/versions.ts";
import { commandPackage } from "../../../providers/command/commandPackage.ts";
import { dockerPackage } from "../../../providers/docker/dockerPackage.ts";

it("embedded providers take the place of the plugins that the npm packages ask for", () => {
    const served = [commandPackage, dockerPackage].map(({ name, version }) => ({ name, version }));
    expect(served).toEqual(plugins);
});
