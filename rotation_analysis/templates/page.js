(async () => {
  const blocks = [...document.querySelectorAll("script[data-figure]")];
  const closed = () => document.querySelectorAll("details.numbers:not([open])");
  let opened = [];
  addEventListener("beforeprint", () => { opened = [...closed()]; opened.forEach((d) => { d.open = true; }); });
  addEventListener("afterprint", () => { opened.forEach((d) => { d.open = false; }); opened = []; });
  const tell = (state) => { document.documentElement.dataset.figures = state; };
  if (!blocks.length) return tell("drawn");
  try {
    const packed = Uint8Array.from(atob(document.getElementById("plotly").textContent), (c) => c.charCodeAt(0));
    const code = new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip")));
    const script = document.createElement("script");
    script.src = URL.createObjectURL(new Blob([await code.arrayBuffer()], { type: "text/javascript" }));
    await new Promise((resolve, reject) => {
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
    });
    URL.revokeObjectURL(script.src);
    const family = getComputedStyle(document.body).fontFamily;
    const buttons = (filename) => {
      if (!filename) return { displayModeBar: false };
      const click = (chart) => Plotly.downloadImage(chart, { format: "png", scale: 2, filename });
      const save = { name: "png", title: "PNG", icon: Plotly.Icons.camera, click };
      return { displayModeBar: "hover", displaylogo: false, modeBarButtons: [[save]] };
    };
    const figures = [];
    for (const block of blocks) {
      const { data, layout } = JSON.parse(block.textContent);
      const chart = document.getElementById(block.dataset.figure);
      const styled = { ...layout, font: { family, ...layout.template?.layout?.font, ...layout.font } };
      await Plotly.newPlot(chart, data, styled, { responsive: true, ...buttons(chart.dataset.save) });
      figures.push([chart, { width: layout.width ?? null, autosize: layout.width === undefined }]);
    }
    addEventListener("beforeprint", () => {
      figures.forEach(([chart]) => Plotly.relayout(chart, { width: 640, autosize: false }));
    });
    addEventListener("afterprint", () => {
      figures.forEach(([chart, before]) => Plotly.relayout(chart, before));
    });
    tell("drawn");
  } catch (error) {
    document.getElementById("no-script").hidden = false;
    tell("failed");
    console.error(error);
  }
})();
