import { flagsOf, takesValue, type OptionRow } from "./options.ts";
import {
    commands,
    completionRow,
    optionsOf,
    type CommandRow,
    type completionShells,
} from "./table.ts";

/** A shell that has a completion. */
type Shell = (typeof completionShells)[number];

/** The program that is completed. */
const program = "consul-machines";

const rows: readonly CommandRow[] = [...commands, completionRow];

/** What a shell reads to complete the commands of the package, made from the table of them. */
export function completionOf(shell: Shell): string {
    return { bash, zsh, fish }[shell]();
}

/** Lists the stacks whose settings are in the folder: reading Pulumi's own list would take seconds. */
const stacksHere = String.raw`ls Pulumi.*.yaml 2>/dev/null | sed -n 's/^Pulumi\.\(.*\)\.yaml$/\1/p'`;

function helpOption(): OptionRow {
    return { flags: "-h, --help", meaning: "print what it takes" };
}

function allOptions(row: CommandRow): OptionRow[] {
    return [...optionsOf(row, false), helpOption()];
}

function bash(): string {
    const perCommand = rows.map((row) => {
        const flags = allOptions(row).flatMap(flagsOf).join(" ");
        return `        ${row.name}) flags='${flags}'; offers='${offersOf(row).join(" ")}' ;;`;
    });
    // An option means the same with every command that has it, but for what its values are.
    const values = distinct(rows.flatMap((row) => allOptions(row).filter(takesValue))).map(
        (option) => `        ${flagsOf(option).join("|")}) ${bashValue(option)}; return ;;`,
    );
    return `# bash completion of ${program}
_consul_machines() {
    local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command='' flags='' offers='' i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        [[ \${COMP_WORDS[i]} == -- ]] && return
        [[ -z $command && \${COMP_WORDS[i]} != -* ]] && command=\${COMP_WORDS[i]}
    done
    case $before in
${values.join("\n")}
    esac
    case $command in
        '') flags='--help --version'; offers='${rows.map(({ name }) => name).join(" ")}' ;;
${perCommand.join("\n")}
    esac
    if [[ $word == -* ]]; then
        COMPREPLY=($(compgen -W "$flags" -- "$word"))
    elif [[ $offers == :file ]]; then
        COMPREPLY=($(compgen -f -- "$word"))
    else
        COMPREPLY=($(compgen -W "$offers" -- "$word"))
    fi
}
complete -o filenames -F _consul_machines ${program}
`;
}

function bashValue({ value }: OptionRow): string {
    const reply = (how: string) => `COMPREPLY=($(compgen ${how} -- "$word"))`;
    switch (value?.kind) {
        case "stack":
            return reply(`-W "$(${stacksHere})"`);
        case "folder":
            return reply("-d");
        case "file":
            return reply("-f");
        case "choice":
            return reply(`-W '${value.choices.join(" ")}'`);
        default:
            return "COMPREPLY=()";
    }
}

function zsh(): string {
    const described = rows.map(({ name, purpose }) => `        '${name}:${quoted(purpose)}'`);
    const cases = rows.map((row) => {
        const specs = [...allOptions(row).map(zshOption), ...zshArguments(row)];
        return `        ${row.name})\n            _arguments -s \\\n${specs
            .map((spec) => `                ${spec}`)
            .join(" \\\n")} ;;`;
    });
    return `#compdef ${program}
# zsh completion of ${program}
_consul_machines() {
    local -a commands
    commands=(
${described.join("\n")}
    )
    if (( CURRENT == 2 )); then
        _describe command commands
        return
    fi
    local command=$words[2]
    shift words
    (( CURRENT-- ))
    case $command in
${cases.join("\n")}
    esac
}
_consul_machines_stacks() {
    local -a stacks
    stacks=(\${(f)"$(${stacksHere})"})
    compadd -a stacks
}
if [[ $funcstack[1] == _consul_machines ]]; then _consul_machines "$@"; else compdef _consul_machines ${program}; fi
`;
}

function zshOption(option: OptionRow): string {
    const flags = flagsOf(option);
    const names = flags.length === 1 ? `'${flags.join("")}` : `{${flags.join(",")}}'`;
    const excluded = flags.length === 1 ? "" : `'(${flags.join(" ")})'`;
    const value = takesValue(option) ? `:value:${zshValue(option)}` : "";
    return `${excluded}${names}[${quoted(option.meaning)}]${value}'`;
}

function zshValue({ value }: OptionRow): string {
    switch (value?.kind) {
        case "stack":
            return "_consul_machines_stacks";
        case "folder":
            return "_files -/";
        case "file":
            return "_files";
        case "choice":
            return `(${value.choices.join(" ")})`;
        default:
            return "";
    }
}

function zshArguments({ arguments: all = [] }: CommandRow): string[] {
    return all.map(({ name, meaning, offers }, index) => {
        const place = name.endsWith("...]") ? "*" : String(index + 1);
        const values = offers === "file" ? "_files" : `(${(offers ?? []).join(" ")})`;
        return `'${place}:${quoted(meaning)}:${offers === undefined ? "" : values}'`;
    });
}

function fish(): string {
    const start = `complete -c ${program}`;
    const lines = rows.flatMap((row) => {
        const when = `-n '__fish_seen_subcommand_from ${row.name}'`;
        const offers = offersOf(row);
        return [
            `${start} -n __fish_use_subcommand -f -a ${row.name} -d '${quotedForFish(row.purpose)}'`,
            ...allOptions(row).map((option) => `${start} ${when} ${fishOption(option)}`),
            ...(offers.length === 0
                ? []
                : [
                      `${start} ${when} ${offers[0] === ":file" ? "-F" : `-f -a '${offers.join(" ")}'`}`,
                  ]),
        ];
    });
    return `# fish completion of ${program}\n${start} -f\n${lines.join("\n")}\n`;
}

function fishOption(option: OptionRow): string {
    const names = flagsOf(option).map((flag) =>
        flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
    );
    const value = takesValue(option) ? [fishValue(option)] : [];
    return [...names, ...value, `-d '${quotedForFish(option.meaning)}'`].join(" ");
}

function fishValue({ value }: OptionRow): string {
    switch (value?.kind) {
        case "stack":
            return String.raw`-x -a '(string replace -rf "^Pulumi\.(.*)\.yaml\$" "\$1" -- Pulumi.*.yaml)'`;
        case "folder":
            return "-x -a '(__fish_complete_directories)'";
        case "file":
            return "-r -F";
        case "choice":
            return `-x -a '${value.choices.join(" ")}'`;
        default:
            return "-x";
    }
}

/** What a command's first argument can be, `:file` for the name of a file. */
function offersOf({ arguments: all = [] }: CommandRow): readonly string[] {
    const offers = all[0]?.offers ?? [];
    return offers === "file" ? [":file"] : offers;
}

function distinct(options: readonly OptionRow[]): OptionRow[] {
    return [...new Map(options.map((one) => [flagsOf(one).join(), one])).values()];
}

/** As zsh takes it within quotes, brackets and colons. */
function quoted(text: string): string {
    return text.replaceAll("'", String.raw`'\''`).replaceAll(/[:[\]]/g, (one) => `\\${one}`);
}

function quotedForFish(text: string): string {
    return text.replaceAll(/['\\]/g, (one) => `\\${one}`);
}
