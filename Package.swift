// swift-tools-version: 6.2
import Foundation
import PackageDescription

// LOCKSTEP_NATIVE=1 (set by Tools/lockstep) builds for this machine's own processor, and
// LOCKSTEP_PROCESSOR=x86-64-v3 for a level; the highest, v4, has VBMI here too. The plain build stays
// portable.
let environment = ProcessInfo.processInfo.environment
let name = environment["LOCKSTEP_NATIVE"] == "1" ? "native" : environment["LOCKSTEP_PROCESSOR"]
let processor =
  ["-Wno-psabi", "-mprefer-vector-width=512"] + (name.map { ["-march=\($0)"] } ?? [])
  + (name == "x86-64-v4" ? ["-mavx512vbmi"] : [])

let hot: [SwiftSetting] = [
  .unsafeFlags(["-enforce-exclusivity=unchecked"] + processor.flatMap { ["-Xcc", $0] })
]
let hotC: [CSetting] = [.unsafeFlags(["-O3"] + processor)]

let package = Package(
  name: "lockstep",
  products: [
    .executable(name: "lockstep", targets: ["LockstepCommand"]),
    .library(name: "LockstepC", type: .dynamic, targets: ["LockstepC"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
  ],
  // In dependency order: nothing below is imported above.
  targets: [
    .target(name: "CLanes", cSettings: hotC),
    .target(name: "Lanes", dependencies: ["CLanes"], swiftSettings: hot),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .target(name: "Pixels", dependencies: ["CLanes", "Lanes"], swiftSettings: hot),
    .target(name: "Console", dependencies: ["CLanes", "Lanes"], swiftSettings: hot),
    .target(name: "Records", dependencies: ["Lanes"], swiftSettings: hot),
    .target(
      name: "PictureFiles", dependencies: ["CPNG", "Pixels", "Records"], swiftSettings: hot),
    .target(
      name: "Environment", dependencies: ["CLanes", "Lanes", "Pixels", "Records"],
      swiftSettings: hot),
    .target(
      name: "Examples", dependencies: ["Environment", "Lanes", "Pixels", "Records"],
      swiftSettings: hot),
    .target(
      name: "Atari",
      dependencies: ["CLanes", "Console", "Environment", "Lanes", "Pixels", "Records"],
      swiftSettings: hot),
    .target(
      name: "MinAtar", dependencies: ["CLanes", "Environment", "Lanes", "Pixels", "Records"],
      swiftSettings: hot),
    .target(
      name: "CBox2D", cxxSettings: [.unsafeFlags(["-O3"] + processor)],
      linkerSettings: [.linkedLibrary("box2d")]),
    .target(
      name: "Control",
      dependencies: ["CBox2D", "CLanes", "Environment", "Lanes", "Pixels", "Records"],
      swiftSettings: hot),
    .target(
      name: "GridWorld", dependencies: ["CLanes", "Environment", "Lanes", "Pixels", "Records"],
      exclude: ["Guide.md"], swiftSettings: hot),
    .target(
      name: "Catalog",
      dependencies: [
        "Atari", "Control", "Environment", "Examples", "GridWorld", "MinAtar", "Records",
      ],
      swiftSettings: hot),
    .target(name: "Statistics", dependencies: ["Lanes"], swiftSettings: hot),
    .target(name: "CLockstep"),
    .target(
      name: "LockstepC",
      dependencies: [
        "Atari", "Catalog", "CLockstep", "Environment", "Lanes", "Pixels", "Records",
      ],
      swiftSettings: hot),
    .target(name: "Foreign", swiftSettings: hot),
    .target(
      name: "Nets", dependencies: ["CLanes", "Foreign", "Lanes", "Records"], swiftSettings: hot),
    // Kernels as text; NVRTC compiles it for a card, `StandIn` for the processor.
    .target(name: "CCUDA", cSettings: [.unsafeFlags(["-std=c23"])]),
    .target(name: "CUDA", dependencies: ["CCUDA", "Foreign", "Lanes", "Nets"], swiftSettings: hot),
    .target(
      name: "Replay", dependencies: ["Environment", "Lanes", "Nets", "Records"],
      swiftSettings: hot),
    .target(
      name: "Agents", dependencies: ["Environment", "Lanes", "Nets", "Records", "Replay"],
      swiftSettings: hot),
    .target(
      name: "Training",
      dependencies: ["Agents", "Environment", "Lanes", "Nets", "Records", "Statistics"],
      swiftSettings: hot),
    .systemLibrary(name: "CCairo", pkgConfig: "cairo", providers: [.apt(["libcairo2-dev"])]),
    .target(name: "Lettering", dependencies: ["CCairo", "Pixels"], swiftSettings: hot),
    .systemLibrary(name: "CSDL2", pkgConfig: "sdl2", providers: [.apt(["libsdl2-dev"])]),
    .target(
      name: "Window",
      dependencies: [
        "CCairo", "CSDL2", "Environment", "Lanes", "Lettering", "PictureFiles", "Pixels",
        "Records",
      ],
      swiftSettings: hot),
    .target(name: "CLeaving", cSettings: [.unsafeFlags(["-O2"])]),
    .target(
      name: "Report",
      dependencies: ["PictureFiles", "Pixels", "Records", "Statistics", "Training"],
      swiftSettings: hot),
    .target(name: "EventFiles", dependencies: ["PictureFiles", "Pixels"], swiftSettings: hot),
    .executableTarget(
      name: "LockstepCommand",
      dependencies: [
        "Agents", "Atari", "CLeaving", "CUDA", "Catalog", "Environment", "EventFiles", "Lanes",
        "Lettering", "Nets", "PictureFiles", "Pixels", "Records", "Replay", "Report", "Training",
        "Window",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: hot),
    .target(name: "CTestSupport", path: "Tests/SupportC"),
    .target(
      name: "TestSupport",
      dependencies: ["CTestSupport", "Environment", "Lanes", "Pixels", "Records"],
      path: "Tests/Support"),
    .testTarget(name: "StatisticsTests", dependencies: ["Lanes", "Statistics"]),
    .testTarget(name: "LockstepCTests", dependencies: ["CLockstep", "LockstepC"]),
    .testTarget(name: "RecordsTests", dependencies: ["Lanes", "Records"]),
    .testTarget(
      name: "EnvironmentTests",
      dependencies: ["Environment", "Examples", "Lanes", "Pixels", "Records", "TestSupport"]),
    .testTarget(
      name: "MinAtarTests",
      dependencies: ["Environment", "Lanes", "MinAtar", "Records", "TestSupport"]),
    .testTarget(
      name: "GridWorldTests",
      dependencies: ["Environment", "GridWorld", "Lanes", "Records", "TestSupport"]),
    .testTarget(
      name: "ControlTests",
      dependencies: ["Control", "Environment", "Lanes", "Records", "TestSupport"]),
    .testTarget(
      name: "CatalogTests", dependencies: ["Catalog", "Environment", "Records", "TestSupport"]),
    // The kernels compiled once more for every level of processor.
    .target(
      name: "CKernels", dependencies: ["CLanes"], path: "Tests/KernelsC",
      cSettings: [.unsafeFlags(["-O2", "-Wno-psabi"])]),
    .testTarget(
      name: "LanesTests", dependencies: ["CKernels", "CLanes", "Lanes"], swiftSettings: hot),
    .testTarget(
      name: "PixelsTests", dependencies: ["Lanes", "PictureFiles", "Pixels", "Records"]),
    .testTarget(name: "LetteringTests", dependencies: ["Lettering", "Pixels"]),
    .testTarget(
      name: "ReportTests",
      dependencies: ["PictureFiles", "Pixels", "Records", "Report", "Statistics", "Training"]),
    .testTarget(name: "EventFilesTests", dependencies: ["EventFiles", "Pixels"]),
    .testTarget(name: "ConsoleTests", dependencies: ["Console", "Lanes"], swiftSettings: hot),
    .testTarget(name: "AtariTests", dependencies: ["Atari", "Environment", "Lanes", "Records"]),
    .target(
      name: "StandIn", dependencies: ["CCUDA"], path: "Tests/StandIn",
      cxxSettings: [.unsafeFlags(["-O1", "-std=c++17"])]),
    .target(
      name: "TestDevices", dependencies: ["CUDA", "Lanes", "Nets", "StandIn"],
      path: "Tests/Devices"),
    .testTarget(
      name: "NetsTests", dependencies: ["CUDA", "Lanes", "Nets", "StandIn", "TestDevices"]),
    .testTarget(
      name: "ReplayTests",
      dependencies: ["CUDA", "Environment", "Lanes", "Nets", "Replay", "TestDevices"]),
    .testTarget(
      name: "AgentsTests",
      dependencies: [
        "Agents", "Environment", "Lanes", "Nets", "Records", "Replay", "TestDevices",
        "TestSupport",
      ]),
    .testTarget(
      name: "TrainingTests",
      dependencies: ["Agents", "Environment", "Lanes", "Nets", "Pixels", "Records", "Training"]),
    .testTarget(
      name: "WindowTests",
      dependencies: [
        "CSDL2", "Catalog", "Environment", "PictureFiles", "Pixels", "Records", "TestSupport",
        "Window",
      ]),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "Agents", "Atari", "Catalog", "Environment", "EventFiles", "Lanes", "LockstepCommand",
        "Nets", "PictureFiles", "Pixels", "Records", "Replay", "TestDevices", "TestSupport",
        "Training", "Window",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      exclude: ["Snapshots"]),
  ]
)
