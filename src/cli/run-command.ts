import { parseArgs } from "node:util"
import { CommandError } from "./command-error.ts"
import { writeTypes } from "./write-types.ts"

/** Where a command reads and writes. */
export interface CommandContext {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Standard output. */
  readonly write: (text: string) => void
  /** Standard error. */
  readonly complain: (text: string) => void
}

const help = `Usage: inlay <command> [options]

Commands:
  types    writes what a running service gives to functions, as a .d.ts file for editors

Options:
  --url <url>      where the service is mounted, such as https://app.example.com/api; or INLAY_URL
  --token <token>  goes into "Authorization: Bearer <token>"; or INLAY_TOKEN
  --out <file>     the file to write; standard output without it
  -h, --help       this text

Exit codes: 0 done, 1 it failed, 2 it was called wrongly.
`

/** Runs the command that the arguments name; gives the process's exit code. */
export async function runCommand(args: readonly string[], context: CommandContext): Promise<number> {
  const { environment, write, complain } = context
  try {
    const { values, positionals } = parse(args)
    if (values.help) {
      write(help)
      return 0
    }
    const [command, ...more] = positionals
    if (command === undefined) throw new CommandError("There is no command.", 2)
    if (command !== "types") throw new CommandError(`There is no command "${command}".`, 2)
    if (more.length > 0) throw new CommandError(`"types" takes no "${more[0]}".`, 2)
    const { url = environment.INLAY_URL, token = environment.INLAY_TOKEN, out } = values
    if (!url) throw new CommandError("There is no address of a service: give --url or INLAY_URL.", 2)
    await writeTypes({ url, token, out, write })
    return 0
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    complain(`inlay: ${error.message}\n${error.exitCode === 2 ? "Try: inlay --help\n" : ""}`)
    return error.exitCode
  }
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { url: text, token: text, out: text, help: { type: "boolean", short: "h" } },
    })
  } catch (error) {
    throw new CommandError((error as Error).message, 2)
  }
}
