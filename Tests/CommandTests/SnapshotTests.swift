import ArgumentParser
import Foundation
import Testing

@testable import LockstepCommand

struct SnapshotTests {
  private static let commands = Lockstep.configuration.subcommands

  @Test("Help is what it was", arguments: commands.indices)
  func help(index: Int) throws {
    let command = Self.commands[index]
    let text = Lockstep.helpMessage(for: command, includeHidden: true, columns: 90)
    try compare(text + "\n", withSnapshot: "help-\(command._commandName)")
  }

  @Test("The tool's own help is what it was")
  func ownHelp() throws {
    try compare(Lockstep.helpMessage(columns: 90) + "\n", withSnapshot: "help")
  }

  /// Refused command lines, whatever their environments' families say.
  private static let refused = [
    "bogus",
    "train --steps -1", "train --steps 0", "train --steps 1", "train --steps ten",
    "train --seed -1", "train --batch -5", "train --batch 0", "train --threads 0",
    "train --episodes -1", "train --keep -1", "train --steps", "train --agent td3",
    "train --agent nothing", "train --steps 1 --set clip", "train --steps 1 --set =1",
    "train --steps 1 --set clip=1=2",
    "train --steps 1 --set clip=-1", "train --steps 1 --set nothing=1",
    "train --steps 1 --set learnin-rate=1",
    "train --steps 1 --set epochs=1 --set epochs=2",
    "train --steps 1 --env-set sticky", "train --steps 1 --env-set =0.5",
    "train --steps 1 --env-set nothing=1",
    "train --steps 1 --env-set sticky=0.1 --env-set sticky=0.2",
    "train --steps 1 --env-set sticky=2",
    "train --steps 1 --env-set a\\nb", "train --steps 1 --env-set a\\u{1B}[31m=1",
    "train Lockstep/Couri\\ner-v0",
    "train --resume R --seed 77 --env-set nonsense=1 --agent nothing",
    "train X --resume R --set a=1 --batch 3 --out D --from E",
    "train --device gpu", "train --steps 1 --precision tf32",
    "train --steps 1 --device cpu --precision half",
    "train --preset dopamine-rainbw", "train --preset cleanrl-ppo --agent dqn",
    "train --steps 1 --agent cql --set dataset=/nonexistent",
    "train --resume /nonexistent", "train --from /nonexistent",
    "evaluate R --episodes 0", "evaluate R --episodes -3", "evaluate /nonexistent",
    "bench Lockstep/Courier-v0 --seconds 1e-9", "bench Lockstep/Courier-v0 --seconds 0",
    "bench Lockstep/Courier-v0 --seconds -1", "bench Lockstep/Courier-v0 --seconds nan",
    "bench Lockstep/Courier-v0 --seconds inf", "bench Lockstep/Courier-v0 --batch -1",
    "bench Lockstep/Courier-v0 --snapshots --profile",
    "bench Lockstep/Courier-v0 --preset gymnasium --env-set preset=raw",
    "bench Lockstep/Courier-v0 --autoreset disabled --env-set autoreset=disabled",
    "bench Lockstep/Courier-v0 --autoreset banana",
    "bench Lockstep/Courier-v0 --preset x", "bench Lockstep/Curier-v0",
    "trace Lockstep/Courier-v0 --seed 1",
    "trace Lockstep/Courier-v0 --seed 1 --actions A --continuous B",
    "trace Lockstep/Courier-v0 --seed 1 --actions A --threshold 0.3",
    "trace Lockstep/Courier-v0 --seed 1 --actions /nonexistent",
    "trace Lockstep/Courier-v0 --actions A",
    "render Lockstep/Courier-v0 --out D --frames -1", "render Nothing --out D",
    "play Nothing", "play Lockstep/Courier-v0 --mosaic 9", "play Lockstep/Courier-v0 --rewind nan",
    "render Lockstep/Courier-v0 --out a.jpg", "render Lockstep/Courier-v0 --out D --mosaic 0x4",
    "render Lockstep/Courier-v0 --out D --mosaic 4",
    "render Lockstep/Courier-v0 --out D --show colour",
    "render Lockstep/Courier-v0 --out D --fps 0", "render Lockstep/Courier-v0 --out D --scale 17",
    "render Lockstep/Courier-v0 --out D --greedy",
    "render Lockstep/Courier-v0 --out D --actions /nonexistent",
    "render Lockstep/Courier-v0 --out D --state /nonexistent", "report /nonexistent",
    "record R --out D --random 2", "record R --out D --replay --steps 5",
    "envs Nothing-v9", "settings pppo", "settings ppo --env-set a=1", "help settings pqo",
  ]

  @Test("Wrong usage is one line and exit status 2")
  func errors() throws {
    var text = ""
    for line in Self.refused {
      let arguments = line.split(separator: " ").map {
        $0.replacingOccurrences(of: "\\n", with: "\n")
          .replacingOccurrences(of: "\\u{1B}", with: "\u{1B}")
      }
      let answer = complaint(arguments)
      #expect(!answer.contains("\n") && !answer.contains("\u{1B}"))
      text += "lockstep \(line)\n  \(answer)\n"
    }
    try compare(text, withSnapshot: "errors")
  }
}
