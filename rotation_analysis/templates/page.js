(async () => {
  const own = document.currentScript;
  const blocks = [...document.querySelectorAll("script[data-figure]")];
  const report = (state) => { document.documentElement.dataset.figures = state; };
  for (const button of document.querySelectorAll("button[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const text = document.getElementById(button.dataset.copy).textContent;
      await navigator.clipboard.writeText(text);
      button.textContent = own.dataset.copied;
    });
  }
  for (const button of document.querySelectorAll("button[data-language]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      for (const part of document.querySelectorAll("div[lang]")) part.hidden = part.lang !== button.dataset.language;
      document.documentElement.lang = button.dataset.language;
    });
  }
  if (!blocks.length) return report("drawn");
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
    const family = getComputedStyle(document.querySelector(".report")).fontFamily;
    const screen = matchMedia("screen and (max-width: 40rem)");
    const figures = blocks.map((block) => {
      const { wide, narrow } = JSON.parse(block.textContent);
      return { name: block.dataset.figure, chart: document.getElementById(block.dataset.figure), wide, narrow: narrow ?? wide };
    });
    const draw = (figure, form, width) => {
      const { data, layout } = figure[form];
      const sized = width ? { width, autosize: false } : { autosize: true };
      return Plotly.react(figure.chart, data, { ...layout, ...sized, font: { ...layout.font, family } }, { staticPlot: true, responsive: !width });
    };
    const drawAll = async (form, width) => { for (const figure of figures) await draw(figure, form, width); };
    const form = () => (screen.matches ? "narrow" : "wide");
    await drawAll(form());
    screen.addEventListener("change", () => drawAll(form()));
    addEventListener("beforeprint", () => figures.forEach((figure) => draw(figure, "wide", 660)));
    addEventListener("afterprint", () => drawAll(form()));
    for (const { chart } of figures) {
      const fold = chart.closest("section").querySelector("details.fold");
      if (!fold) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = own.dataset.save;
      button.addEventListener("click", () => Plotly.downloadImage(chart, { format: "svg", filename: chart.closest("section").id }));
      fold.append(button);
    }
    report("drawn");
  } catch (error) {
    document.getElementById("no-script").hidden = false;
    report("failed");
    console.error(error);
  }
})();
