/// Of the tool and of everything else that is built from these sources.
public let lockstepVersion = "0.2.0"
