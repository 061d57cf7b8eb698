/// How pages and charts look: light or dark as the reader's machine is set, and black on white on paper.
enum Style {
  /// Every pair of text and ground has a contrast of 4.5 or more, every line of 3 or more.
  static let colours = """
    :root { color-scheme: light dark; --paper: #ffffff; --card: #f5f6f8; --ink: #1b1f24;
      --soft: #4d5560; --rule: #c9ced6; --link: #0a58a8; --mark: #fff1c2;
      --s0: #0b62b0; --s1: #b8430b; --s2: #0a7355; --s3: #8c3b8f; --s4: #7a5c00; --s5: #a3244c; }
    @media (prefers-color-scheme: dark) {
      :root { --paper: #14171c; --card: #1e232a; --ink: #e7eaf0; --soft: #aab3c0; --rule: #3f4753;
        --link: #7db8ff; --mark: #4a3d12;
        --s0: #62aef7; --s1: #f59a61; --s2: #4fcba3; --s3: #d79be0; --s4: #dcbc53; --s5: #f58aa6; }
    }
    @media print {
      :root { --paper: #ffffff; --card: #ffffff; --ink: #000000; --soft: #333333; --rule: #999999;
        --link: #000000; --mark: #eeeeee;
        --s0: #0b62b0; --s1: #b8430b; --s2: #0a7355; --s3: #8c3b8f; --s4: #7a5c00; --s5: #a3244c; }
    }

    """

  static let chart = """
    .chart, svg { font: 12px system-ui, "DejaVu Sans", sans-serif; }
    svg text { fill: var(--ink); } svg .title { font-size: 15px; font-weight: 600; }
    svg .paper { fill: var(--paper); }
    svg .grid { stroke: var(--rule); stroke-width: 0.7; fill: none; }
    svg .line { fill: none; stroke: var(--c); stroke-width: 2; stroke-linejoin: round; }
    svg .band { fill: var(--c); fill-opacity: 0.2; stroke: none; } svg .dot { fill: var(--c); }
    .s0 { --c: var(--s0); } .s1 { --c: var(--s1); } .s2 { --c: var(--s2); }
    .s3 { --c: var(--s3); } .s4 { --c: var(--s4); } .s5 { --c: var(--s5); }
    svg .d1 { stroke-dasharray: 7 4; } svg .d2 { stroke-dasharray: 2 3; }
    svg .d3 { stroke-dasharray: 9 3 2 3; }

    """

  static let page = """
    * { box-sizing: border-box; }
    html { background: var(--paper); color: var(--ink); scroll-padding-top: 1rem;
      font: 16px/1.5 system-ui, "DejaVu Sans", sans-serif; -webkit-text-size-adjust: 100%; }
    body { margin: 0 auto; max-width: 72rem; padding: 1rem clamp(0.75rem, 3vw, 2rem) 4rem; }
    h1 { font-size: 1.6rem; line-height: 1.2; margin: 1rem 0 0.25rem; }
    h2 { font-size: 1.25rem; margin: 2.5rem 0 0.5rem; border-bottom: 1px solid var(--rule); }
    h3 { font-size: 1.05rem; margin: 1.5rem 0 0.5rem; overflow-wrap: anywhere; }
    p { max-width: 44rem; } .soft { color: var(--soft); }
    a { color: var(--link); } a:focus-visible, summary:focus-visible, .scroll:focus-visible {
      outline: 3px solid var(--link); outline-offset: 2px; }
    .skip { position: absolute; left: -99rem; }
    .skip:focus { left: 1rem; top: 0.5rem; background: var(--paper); padding: 0.5rem; z-index: 1; }
    nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; padding: 0; list-style: none; }
    nav a { display: inline-block; padding: 0.25rem 0; }
    .charts { display: grid; gap: 1rem;
      grid-template-columns: repeat(auto-fill, minmax(min(100%, 21rem), 1fr)); }
    figure { margin: 0; background: var(--card); border: 1px solid var(--rule);
      border-radius: 0.4rem; padding: 0.6rem; min-width: 0; break-inside: avoid; }
    figure.main { max-width: 38rem; margin-bottom: 1rem; }
    figure img { max-width: 100%; height: auto; display: block; }
    figcaption { font-size: 0.9rem; overflow-wrap: anywhere; margin-bottom: 0.25rem; }
    svg.chart { display: block; width: 100%; height: auto; }
    .legend { display: flex; flex-wrap: wrap; gap: 0.1rem 1rem; margin: 0.5rem 0 0; padding: 0;
      list-style: none; font-size: 0.9rem; }
    .legend li { display: flex; align-items: center; gap: 0.4rem; overflow-wrap: anywhere; }
    .legend svg { width: 28px; height: 8px; flex: none; }
    .scroll { overflow-x: auto; margin: 0.5rem 0 1rem; }
    table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
    caption { text-align: left; color: var(--soft); padding-bottom: 0.3rem; }
    th, td { padding: 0.3rem 0.7rem 0.3rem 0; text-align: right; vertical-align: top;
      border-bottom: 1px solid var(--rule); white-space: nowrap; }
    th { font-weight: 600; } .words { text-align: left; }
    th[scope=row], td.words { text-align: left; white-space: normal; overflow-wrap: anywhere;
      min-width: 7rem; max-width: 18rem; }
    thead th:first-child { text-align: left; }
    td.other { background: var(--mark); }
    details { margin: 0.5rem 0; } summary { cursor: pointer; padding: 0.25rem 0; }
    @media (max-width: 40rem) {
      svg.chart text { font-size: 15px; } caption { max-width: calc(100vw - 2rem); }
    }
    @media print {
      body { max-width: none; padding: 0; font-size: 10pt; } nav, .skip { display: none; }
      .scroll { overflow: visible; } th, td { white-space: normal; }
      .charts { grid-template-columns: 1fr 1fr; } h2, h3 { break-after: avoid; }
      table, tr { break-inside: avoid; }
    }

    """
}
