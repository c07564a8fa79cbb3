// What the page does by itself: sending files, and taking a picture with the camera.
"use strict";

const Page = {
  // Sends a file as it is; tells {share}, then {path}, {picture} or {error}.
  send(file, address, tell) {
    if (!file) return;
    const request = new XMLHttpRequest();
    request.open("POST", address + "?name=" + encodeURIComponent(file.name || "picture"));
    request.upload.onprogress = (event) => event.lengthComputable && tell({ share: event.loaded / event.total });
    request.onload = () => {
      let answer = {};
      try {
        answer = JSON.parse(request.responseText);
      } catch {
        answer = { error: request.responseText || Page.said("did not understand. Load the page again.") };
      }
      tell({ ...answer, name: file.name || "picture" });
    };
    request.onerror = () => tell({ error: Page.said("could not be reached, or refused the file. Is it still running?") });
    request.send(file);
  },

  sendWithin(file, address, limit, tell) {
    if (file && file.size > limit) {
      const most = Math.floor(limit / 1e6);
      tell({ error: `The file is larger than ${most} MB, the most that is taken. Give its path, or a smaller file.` });
    } else {
      Page.send(file, address, tell);
    }
  },

  // Sends what was chosen in a file field, and empties it for the next.
  chosen(event, address, limit, tell) {
    Page.sendWithin(event.target.files[0], address, limit, tell);
    event.target.value = "";
  },

  // Sends a file that was dropped on a file field or beside it, or a folder, packed.
  async dropped(event, address, limit, folders, tell) {
    event.preventDefault();  // the browser would show the file in place of the page
    const item = [...event.dataTransfer.items].find((one) => one.kind === "file");
    const entry = item && item.webkitGetAsEntry();
    if (!entry || !entry.isDirectory) {
      Page.sendWithin(event.dataTransfer.files[0], address, limit, tell);
    } else if (!folders) {
      tell({ error: "This is a folder. Drop a picture." });
    } else {
      try {
        const packed = await FolderZip.pack(entry, (done, all) => tell({ packed: done, of: all }));
        Page.sendWithin(packed, address, limit, tell);
      } catch (error) {
        tell({ error: `The folder can't be read: ${error.message} Give its path.` });
      }
    }
  },

  // The camera's stream, the box on the page that shows it, and a number that every opening and closing raises.
  stream: null,
  box: null,
  turn: 0,

  // Opens the camera in a box, which is marked while it is open; tells {open} or {error}.
  async openCamera(box, tell) {
    Page.closeCamera();
    const turn = Page.turn;
    try {
      const wanted = { video: { width: { ideal: 1280 }, height: { ideal: 720 } }, audio: false };
      const stream = await navigator.mediaDevices.getUserMedia(wanted);
      if (turn !== Page.turn) {  // closed, or opened anew, before it was there
        for (const track of stream.getTracks()) track.stop();
        return;
      }
      Page.stream = stream;
      Page.box = box;
      box.dataset.open = "";
      const video = box.querySelector("video");
      video.srcObject = stream;
      stream.getVideoTracks()[0].onended = () => {
        Page.closeCamera();
        tell({ error: "The camera is gone. Connect it again, or choose a picture." });
      };
      await video.play();
      tell({ open: true });
    } catch (error) {
      if (turn !== Page.turn) return;
      Page.closeCamera();
      const reasons = {
        NotAllowedError: "The browser may not use the camera. Allow it beside the address, and try again.",
        NotFoundError: "The browser finds no camera. Connect one, or choose a picture.",
        NotReadableError: "The camera can't be opened. Close other programs that use it.",
      };
      tell({ error: reasons[error.name] || `The camera can't be used: ${error.message}. Choose a picture.` });
    }
  },

  // Turns the camera off, wherever its box is now: a step that is left takes it off the page.
  closeCamera() {
    Page.turn += 1;
    for (const track of Page.stream ? Page.stream.getTracks() : []) track.stop();
    if (Page.box) {
      delete Page.box.dataset.open;
      Page.box.querySelector("video").srcObject = null;
    }
    Page.stream = Page.box = null;
  },

  takePicture(box, tell) {
    const video = box.querySelector("video");
    if (!video.videoWidth) {  // it is just opened
      const turn = Page.turn;
      const again = () => turn === Page.turn && Page.takePicture(box, tell);
      video.addEventListener("loadedmetadata", again, { once: true });
      return tell({ error: "The camera shows nothing yet. The picture is taken as soon as it does." });
    }
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d").drawImage(video, 0, 0);
    canvas.toBlob((blob) => Page.send(blob, "/upload/picture", tell), "image/jpeg", 0.95);
    Page.closeCamera();
  },

  // Shows what the camera gives, or nothing; while nobody can see it, it is not fetched.
  live: false,
  preview(on) {
    Page.live = on;
    for (const picture of document.querySelectorAll("img[data-live]")) {
      Page.seen.observe(picture);
      picture.hidden = !on;
      if (!on) Page.fetchPreview(picture, false);
      else if (!picture.hasAttribute("src")) Page.fetchPreview(picture, true);
      else picture.src = "/preview?" + Date.now();
    }
  },
  fetchPreview(picture, wanted) {
    if (!wanted) picture.removeAttribute("src");
    else if (!picture.hasAttribute("src")) picture.src = "/preview?" + Date.now();
  },
  seen: new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (Page.live) Page.fetchPreview(entry.target, entry.isIntersecting && !document.hidden);
    }
  }),

  // Another step is shown: the camera goes off with the step that used it, and the address tells which to load again.
  stepped(name) {
    Page.closeCamera();
    history.replaceState(history.state, "", "?step=" + encodeURIComponent(name));
  },

  // Arrow keys choose among radio buttons, as everywhere else.
  arrows(event) {
    const ways = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
    const group = event.target.closest('[role="radiogroup"]');
    if (!group || !ways[event.key]) return;
    const radios = [...group.querySelectorAll('[role="radio"]')];
    const at = radios.indexOf(event.target.closest('[role="radio"]'));
    if (at < 0) return;
    event.preventDefault();
    const next = radios[(at + ways[event.key] + radios.length) % radios.length];
    next.click();
    next.focus();  // afterwards, as Quasar moves it on a click
  },

  // A sentence about the program behind the page, whose name stands in the page's head.
  said(what) {
    return `The ${document.querySelector('meta[name="program"]').content} ${what}`;
  },

  // What a page says that has lost its program; how to start it again stands in the page's head, too.
  lost() {
    const popup = document.getElementById("popup");
    popup.setAttribute("role", "alert");
    popup.replaceChildren();
    for (const words of [
      Page.said("does not answer."),
      `If it has ended, ${document.querySelector('meta[name="start-again"]').content} and use the address that it prints; ` +
        "this page can be closed. If it is only busy, this goes away by itself.",
    ]) {
      const line = document.createElement("span");
      line.textContent = words;
      popup.append(line);
    }
  },
};
window.Page = Page;
document.addEventListener("visibilitychange", () => {
  for (const picture of document.querySelectorAll("img[data-live]")) {
    if (Page.live) Page.fetchPreview(picture, !document.hidden);
  }
});
document.addEventListener("keydown", Page.arrows);
document.addEventListener("DOMContentLoaded", Page.lost);
