import { host } from "../../host.ts"
import { register } from "../../operations.ts"

type Task = () => void

let tasks: Task[] = []
let next = 0
let waiting = false

/** Runs something in a task of its own, after those that were queued before. */
export function queueTask(task: Task): void {
  tasks[tasks.length] = task
  wait()
}

/** One timer at a time, however many tasks there are: the host bounds what a call may have open. */
function wait(): void {
  if (waiting) return
  waiting = true
  host("timer", '{"id":' + register({ settle: run, abandon: drop }) + ',"ms":0}')
}

function run(): void {
  waiting = false
  const task = tasks[next] as Task
  next++
  if (next === tasks.length) drop()
  else wait()
  task()
}

function drop(): void {
  waiting = false
  tasks = []
  next = 0
}
