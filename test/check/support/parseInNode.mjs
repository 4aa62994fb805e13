// Strips the types of each file that is named on standard input and parses what is left, as Node does when it runs
// the file. Run with --experimental-vm-modules. Prints a line for each file that Node would refuse.
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { SourceTextModule } from "node:vm";

for (const file of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
    try {
        new SourceTextModule(stripTypeScriptTypes(readFileSync(file, "utf8")), {
            identifier: file,
        });
    } catch (error) {
        console.log(`${file}: ${error instanceof Error ? error.message : String(error)}`);
    }
}
